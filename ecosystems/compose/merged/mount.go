package merged

import (
	"strings"
)

// A Mount is one volume of a service (Compose specification, "volumes").
type Mount struct {
	Type     string // "bind", "volume", "tmpfs", "image", "npipe"
	Source   string // "" for a volume without a name
	Target   string // in the container
	ReadOnly bool
	Open     bool // it contains a variable without a value
	At       *Node
}

// ReadMount parses one element of volumes, in the short or long form.
func ReadMount(n *Node) Mount {
	if n.Kind == Mapping {
		return Mount{
			Type: n.Get("type").String(), Source: n.Get("source").String(), Target: n.Get("target").String(),
			ReadOnly: n.Get("read_only").True(), Open: n.Get("source").isOpen(), At: n,
		}
	}
	return shortMount(n)
}

// shortMount parses SOURCE:TARGET:MODE. A Windows path may contain the colon of a drive.
func shortMount(n *Node) Mount {
	m := Mount{Type: "volume", Open: n.Open, At: n}
	parts := splitMount(n.Text)
	switch len(parts) {
	case 0:
		return m
	case 1:
		m.Target = parts[0]
		return m
	}
	m.Source, m.Target = parts[0], parts[1]
	if len(parts) > 2 {
		for option := range strings.SplitSeq(parts[2], ",") {
			m.ReadOnly = m.ReadOnly || option == "ro"
		}
	}
	if isPath(m.Source) {
		m.Type = "bind"
	}
	return m
}

// isPath reports whether the source of a short mount is a path and not the name of a volume.
func isPath(source string) bool {
	return strings.HasPrefix(source, ".") || strings.HasPrefix(source, "/") || strings.HasPrefix(source, "~") ||
		strings.HasPrefix(source, `\`) || isDrive(source)
}

func isDrive(s string) bool {
	return len(s) > 2 && s[1] == ':' && (s[2] == '/' || s[2] == '\\') && ('a' <= s[0]|0x20 && s[0]|0x20 <= 'z')
}

// splitMount splits at colons, except those of a drive.
func splitMount(text string) (parts []string) {
	for text != "" {
		from := 0
		if isDrive(text) {
			from = 2
		}
		i := strings.IndexByte(text[from:], ':')
		if i < 0 {
			return append(parts, text)
		}
		parts, text = append(parts, text[:from+i]), text[from+i+1:]
	}
	return parts
}
