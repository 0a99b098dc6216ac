package merged

import (
	"slices"
	"strings"
)

// The rules for merging a service of two files (Compose specification, "Merge";
// compose-go, package override). Paths are relative to the service.
var (
	// replaced are sequences that the later file replaces.
	replaced = []string{"command", "entrypoint", "healthcheck.test"}
	// keyed are mappings that may also be lists of KEY=value.
	keyed = []string{"environment", "labels", "annotations", "sysctls", "extra_hosts", "build.args", "build.labels", "build.additional_contexts", "deploy.labels"}
	// named are mappings that may also be lists of names.
	named = []string{"depends_on", "networks", "models"}
)

// maxMerges limits the merged nodes of one project, because aliases multiply small
// files. Beyond it, the later value replaces the earlier one.
const maxMerges = 500_000

// A merger merges the nodes of one project.
type merger struct{ steps int }

// service merges two versions of a service; over has precedence.
func (m *merger) service(base, over *Node) *Node { return m.nodes(base, over, "", 0) }

// file merges two files without their services; over has precedence.
func (m *merger) file(base, over *Node) *Node {
	if base == nil || over == nil || base.Kind != Mapping || over.Kind != Mapping {
		return m.nodes(base, over, "file", 0)
	}
	return m.fields(base, base.Fields, slices.DeleteFunc(slices.Clone(over.Fields), func(f Field) bool {
		return strings.HasPrefix(f.Key, "x-")
	}), "file", 0)
}

// nodes merges two values at the same path.
func (m *merger) nodes(base, over *Node, path string, depth int) *Node {
	m.steps++
	switch {
	case over == nil || over.Tag == "" && over.Null: // null alone removes nothing: that is !reset
		return base
	case base == nil || over.Tag != "" || depth > maxLevels || m.steps > maxMerges:
		return over
	case slices.Contains(replaced, path):
		return over
	case slices.Contains(keyed, path):
		return m.fields(base, base.Pairs(), over.Pairs(), path, depth)
	case slices.Contains(named, path):
		return m.fields(base, base.Names(), over.Names(), path, depth)
	case path == "build":
		return m.fields(base, contextFields(base), contextFields(over), path, depth)
	case base.Kind == Mapping && over.Kind == Mapping:
		return m.fields(base, base.Fields, over.Fields, path, depth)
	case base.Kind == Scalar && over.Kind == Scalar:
		return over
	}
	return mergeLists(base, over, path)
}

// contextFields returns the fields of a build, which may be only a context.
func contextFields(n *Node) []Field {
	if n.Kind == Scalar && !n.Empty() {
		return []Field{{Key: "context", At: n.At, Value: n}}
	}
	return n.Fields
}

func (m *merger) fields(base *Node, fields, over []Field, path string, depth int) *Node {
	out := &Node{Kind: Mapping, At: base.At, Flow: base.Flow, Fields: slices.Clone(fields)}
	at := make(map[string]int, len(fields))
	for i, f := range fields {
		at[f.Key] = i
	}
	for _, f := range over {
		i, known := at[f.Key]
		if !known {
			at[f.Key] = len(out.Fields)
			out.Fields = append(out.Fields, f)
			continue
		}
		below := strings.TrimPrefix(path+"."+f.Key, ".")
		was := out.Fields[i]
		if was.Value = m.nodes(was.Value, f.Value, below, depth+1); was.Value == f.Value {
			was.At = f.At
		}
		out.Fields[i] = was
	}
	out.Fields = slices.DeleteFunc(out.Fields, func(f Field) bool { return f.Value.Tag == "!reset" })
	return out
}

// mergeLists appends the new elements. Of volumes, devices and the like with the
// same target in the container, it keeps the later one.
func mergeLists(base, over *Node, path string) *Node {
	out := &Node{Kind: List, At: base.At, Flow: base.Flow, Items: slices.Clone(base.Elements())}
	place := func(n *Node) string {
		if path == "volumes" || path == "devices" {
			return ReadMount(n).Target
		}
		return n.Raw + "\x00" + n.Get("target").String() + "\x00" + n.Get("published").String()
	}
	at := make(map[string]int, len(out.Items))
	for i, item := range out.Items {
		at[place(item)] = i
	}
	for _, item := range over.Elements() {
		if i, known := at[place(item)]; known {
			out.Items[i] = item
			continue
		}
		at[place(item)] = len(out.Items)
		out.Items = append(out.Items, item)
	}
	return out
}
