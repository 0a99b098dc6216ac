package yamltext

import "go.yaml.in/yaml/v3"

// Target returns the node that an alias refers to, or n itself.
func Target(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < maxDepth; i++ {
		n = n.Alias
	}
	return n
}

// Step counts a visited node and reports whether the limit allows it.
func (f *File) Step() bool {
	f.steps++
	return f.steps <= maxSteps
}

// Exhausted reports whether the file has reached the limit of Step, so that parts
// of it were not read: aliases and merge keys can multiply a file.
func (f *File) Exhausted() bool { return f.steps > maxSteps }

// Field returns the value of a key of a mapping, its own or a merged one. The
// value may be an alias. nil for none.
func (f *File) Field(m *yaml.Node, key string) *yaml.Node {
	return f.search(m, key, map[*yaml.Node]bool{})
}

// At returns the value at a path of keys, with aliases resolved; nil for none.
func (f *File) At(m *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		m = f.Field(m, key)
	}
	return Target(m)
}

// Text returns the scalar at a path of keys, "" for none.
func (f *File) Text(m *yaml.Node, keys ...string) string {
	if v := f.At(m, keys...); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return v.Value
	}
	return ""
}

// List returns the elements of the sequence at a path of keys, with aliases resolved.
func (f *File) List(m *yaml.Node, keys ...string) (list []*yaml.Node) {
	v := f.At(m, keys...)
	if v == nil || v.Kind != yaml.SequenceNode {
		return nil
	}
	for _, one := range v.Content {
		if one = Target(one); one != nil && f.Step() {
			list = append(list, one)
		}
	}
	return list
}

// search looks up a key by the rules of YAML's merge type: own keys first, then
// merged ones, earlier ones first.
func (f *File) search(m *yaml.Node, key string, visited map[*yaml.Node]bool) *yaml.Node {
	if m = Target(m); m == nil || m.Kind != yaml.MappingNode || visited[m] || f.Exhausted() {
		return nil
	}
	visited[m] = true // a mapping may merge itself
	var merged []*yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		f.steps++
		k, v := Target(m.Content[i]), m.Content[i+1]
		switch {
		case k.Value == key && k.Kind == yaml.ScalarNode:
			return v
		case isMerge(k):
			merged = append(merged, v)
		}
	}
	for _, v := range flat(merged) {
		if found := f.search(v, key, visited); found != nil {
			return found
		}
	}
	return nil
}

func isMerge(k *yaml.Node) bool { return k.Kind == yaml.ScalarNode && k.Value == "<<" }

// flat returns the mappings of merge keys. A list is replaced by its elements.
func flat(values []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, v := range values {
		if t := Target(v); t != nil && t.Kind == yaml.SequenceNode {
			out = append(out, t.Content...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// A Pair is a key of a mapping and its value, which may be an alias.
type Pair struct {
	Key   string
	Value *yaml.Node
}

// Pairs returns the keys and values of a mapping: all of its own, including
// repeated keys, and the merged ones that it does not override.
func (f *File) Pairs(m *yaml.Node) []Pair {
	keys, visited := map[string]bool{}, map[*yaml.Node]bool{}
	var out []Pair
	var collect func(m *yaml.Node, own bool)
	collect = func(m *yaml.Node, own bool) {
		if m = Target(m); m == nil || m.Kind != yaml.MappingNode || visited[m] {
			return
		}
		visited[m] = true
		var merged []*yaml.Node
		for i := 0; i+1 < len(m.Content); i += 2 {
			f.steps++
			if k := Target(m.Content[i]); isMerge(k) {
				merged = append(merged, m.Content[i+1])
			} else if own || !keys[k.Value] {
				keys[k.Value] = true
				out = append(out, Pair{k.Value, m.Content[i+1]})
			}
		}
		for _, v := range flat(merged) {
			collect(v, false)
		}
	}
	collect(m, true)
	return out
}
