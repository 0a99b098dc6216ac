package compose

import (
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A reader walks over one Compose file.
type reader struct {
	*yamltext.File
	repo  fs.FS
	env   dotenv.Environment
	roots []*yaml.Node // of the documents
	found []ecosystems.Dependency
	seen  map[ecosystems.Span]bool // positions of images that services use
	depth int                      // of services inside services
}

const maxDepth = 64 // of fragments

func newReader(repo fs.FS, file, src string, env dotenv.Environment) *reader {
	return &reader{File: yamltext.Read(file, src, nil), repo: repo, env: env, seen: map[ecosystems.Span]bool{}}
}

func (r *reader) read() {
	for _, d := range r.Documents {
		switch {
		case d.Trouble != nil:
			r.found = append(r.found, imagepin.Trouble(d.Trouble.Text, d.Trouble.At, d.Trouble.Reason))
		case d.Root != nil:
			r.document(d.Root)
		}
	}
	if r.Exhausted() {
		line, at := r.Line(0)
		why := ecosystems.Reason{Code: ecosystems.Limit, Text: "its merge keys multiply beyond what is looked at"}
		r.found = append(r.found, imagepin.Trouble(imagepin.Clip(line), at, why))
	}
}

func (r *reader) document(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		return
	}
	r.roots = append(r.roots, root)
	// The first version of the format has neither key.
	if r.Field(root, "services") == nil && r.Field(root, "version") == nil {
		r.oldFormat(root)
	}
	for _, section := range sections {
		if services := yamltext.Target(r.Field(root, section)); services != nil && services.Kind == yaml.MappingNode {
			for _, service := range r.values(services) {
				r.service(service, "")
			}
		}
	}
	r.dropBuilt()
	// After the services, because an image in a fragment counts only if none of them merges it.
	for i := 0; i+1 < len(root.Content); i += 2 {
		if strings.HasPrefix(root.Content[i].Value, "x-") {
			r.fragment(root.Content[i+1], 0)
		}
	}
}

// sections are the keys with descriptions of containers.
var sections = []string{"services", "jobs"}

// oldFormat reads the first version of the format, with services at the top level.
func (r *reader) oldFormat(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if !strings.HasPrefix(root.Content[i].Value, "x-") {
			r.service(root.Content[i+1], "")
		}
	}
}

// values returns the values of a mapping, including merged ones.
func (r *reader) values(m *yaml.Node) (list []*yaml.Node) {
	for _, p := range r.Pairs(m) {
		list = append(list, p.Value)
	}
	return list
}
