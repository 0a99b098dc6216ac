package compose

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

// Recognizes reports whether a text is a Compose file: YAML whose services are
// a mapping of mappings, or that includes other files and has nothing else that
// Compose does not know.
func (*Ecosystem) Recognizes(text string) bool {
	if !imagepin.IsText(text) {
		return false
	}
	text = readable(text)
	return recognizes(text) || recognizes(filled(text))
}

func recognizes(text string) bool {
	doc, err := next(yaml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, byteOrderMark))))
	if err != nil || doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return false
	}
	r := &reader{}
	root := target(doc.Content[0])
	services := target(r.field(root, "services"))
	if services == nil {
		include := target(r.field(root, "include"))
		return include != nil && include.Kind == yaml.SequenceNode && onlyKnown(root)
	}
	if services.Kind != yaml.MappingNode || len(services.Content) == 0 {
		return false
	}
	for _, service := range r.values(services) {
		if s := target(service); s.Kind != yaml.MappingNode {
			return false
		}
	}
	return true
}

// onlyKnown reports whether a mapping has no other keys than Compose knows at the top.
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
