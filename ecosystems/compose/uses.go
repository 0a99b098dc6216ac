package compose

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A count holds the uses of a .env's variables.
type count struct {
	uses   map[string]int // of each variable
	passed bool           // containers get all of them
}

// add counts the uses in a Compose file: in interpolated text, but not in comments,
// and names that pass the value to a container or build.
func (c *count) add(r *reader, env string) {
	for _, root := range r.roots {
		c.node(r, root, env, 0)
	}
}

func (c *count) node(r *reader, n *yaml.Node, env string, depth int) {
	if !r.Step() || depth > maxDepth {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		c.text(n.Value)
	case yaml.SequenceNode:
		for _, child := range n.Content {
			c.node(r, child, env, depth+1)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch key.Value {
			case "environment", "args":
				c.passes(yamltext.Target(value))
			case "env_file":
				c.passed = c.passed || names(yamltext.Target(value), path.Dir(r.Path), env)
			}
			c.node(r, value, env, depth+1)
		}
	}
}

// text counts the variables of a text that Compose interpolates.
func (c *count) text(text string) {
	text = strings.ReplaceAll(text, "$$", "") // an escaped "$" begins no variable
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		c.uses[m[1]]++
	}
}

// passes counts the names without a value.
func (c *count) passes(n *yaml.Node) {
	if n == nil {
		return
	}
	for i, child := range n.Content {
		child = yamltext.Target(child)
		switch {
		// "- NAME" and "NAME:" take the value from the environment.
		case n.Kind == yaml.SequenceNode && child.Kind == yaml.ScalarNode && !strings.ContainsAny(child.Value, "=$"):
			c.uses[child.Value]++
		case n.Kind == yaml.MappingNode && i%2 == 1 && child.Tag == "!!null":
			c.uses[n.Content[i-1].Value]++
		}
	}
}

// names reports whether the value of env_file (a path, or a list of paths or of
// mappings) names a .env. The env_file of include does not count, because Compose
// reads it and does not pass it to containers.
func names(n *yaml.Node, dir, env string) bool {
	switch {
	case n == nil:
		return false
	case n.Kind == yaml.ScalarNode:
		return path.Join(dir, n.Value) == path.Clean(env)
	}
	for _, child := range n.Content {
		if names(yamltext.Target(child), dir, env) {
			return true
		}
	}
	return false
}
