package compose

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

// Recognizes reports whether a text is a Compose file: YAML whose services are a
// mapping of mappings, or that includes other files and has only keys of Compose.
func (*Ecosystem) Recognizes(text string) bool {
	if !imagepin.IsText(text) {
		return false
	}
	r := &reader{File: yamltext.Read("", text, nil)} // only its structure is read
	return len(r.Documents) > 0 && r.Documents[0].Root != nil && r.recognizes(r.Documents[0].Root)
}

func (r *reader) recognizes(root *yaml.Node) bool {
	services := yamltext.Target(r.Field(root, "services"))
	if services == nil {
		include := yamltext.Target(r.Field(root, "include"))
		return include != nil && include.Kind == yaml.SequenceNode && onlyKnown(root)
	}
	if services.Kind != yaml.MappingNode || len(services.Content) == 0 {
		return false
	}
	for _, service := range r.values(services) {
		if s := yamltext.Target(service); s.Kind != yaml.MappingNode {
			return false
		}
	}
	return true
}

// onlyKnown reports whether a mapping has only top-level keys of Compose.
func onlyKnown(root *yaml.Node) bool {
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch key := root.Content[i].Value; key {
		case "version", "name", "include", "networks", "volumes", "configs", "secrets", "models":
		default:
			if !strings.HasPrefix(key, "x-") {
				return false
			}
		}
	}
	return true
}
