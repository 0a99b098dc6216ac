package merged

import (
	"slices"
	"strings"
)

// How Compose merges what two files say of a service (Compose specification,
// "Merge"; compose-go, package override). Paths are below the service.
var (
	// replaced are sequences of which the later one counts.
	replaced = []string{"command", "entrypoint", "healthcheck.test"}
	// keyed are mappings that may be written as KEY=value.
	keyed = []string{"environment", "labels", "annotations", "sysctls", "extra_hosts", "build.args", "build.labels", "build.additional_contexts", "deploy.labels"}
	// named are mappings that may be written as a list of names.
	named = []string{"depends_on", "networks", "models"}
)

// maxMerges is how many nodes are merged in one project: aliases multiply what
// stands in few bytes. Beyond it the later value counts as it is.
const maxMerges = 500_000

// A merger merges the nodes of one project.
type merger struct{ steps int }

// service returns what a service is when over is written over base.
func (m *merger) service(base, over *Node) *Node { return m.nodes(base, over, "", 0) }

// file returns what files are when over is written over base; services are merged apart.
func (m *merger) file(base, over *Node) *Node {
	if base == nil || over == nil || base.Kind != Mapping || over.Kind != Mapping {
		return m.nodes(base, over, "file", 0)
	}
	return m.fields(base, base.Fields, slices.DeleteFunc(slices.Clone(over.Fields), func(f Field) bool {
		return strings.HasPrefix(f.Key, "x-")
	}), "file", 0)
}

// nodes merges two values that stand at the same path.
func (m *merger) nodes(base, over *Node, path string, depth int) *Node {
	m.steps++
	switch {
	case over == nil || over.Tag == "" && over.Null:
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

// contextFields returns the fields of a build, which may be its context alone.
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

// mergeLists puts what is new behind what was there. Of volumes, devices and the
// like, the later one for the same place in the container counts.
func mergeLists(base, over *Node, path string) *Node {
	out := &Node{Kind: List, At: base.At, Flow: base.Flow, Items: slices.Clone(base.Elements())}
	place := func(n *Node) string {
		if path == "volumes" || path == "devices" {
			return mountTarget(n)
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

// mountTarget returns where a volume is mounted in the container.
func mountTarget(n *Node) string {
	if n.Kind != Scalar {
		return n.Get("target").String()
	}
	m := ReadMount(n)
	return m.Target
}
