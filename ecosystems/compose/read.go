package compose

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// A reader walks over one Compose file.
type reader struct {
	repo  fs.FS
	file  string
	src   string
	yaml  string // src as the YAML parser reads it, of the same length
	lines *lines
	env   environment
	roots []*yaml.Node // of the documents
	found []ecosystems.Dependency
	seen  map[ecosystems.Span]bool // places of images that services use
	steps int                      // nodes looked at
	depth int                      // services inside of services
}

const (
	maxSteps = 2_000_000 // nodes looked at in one file; merge keys can multiply them
	maxDepth = 64        // of fragments
)

func (r *reader) read() {
	if strings.HasPrefix(r.src, "\xff\xfe") || strings.HasPrefix(r.src, "\xfe\xff") {
		r.trouble(0, "not a text file in UTF-8")
		return
	}
	r.lines = newLines(r.src)
	r.yaml = readable(r.src)
	if err := r.documents(); err != nil {
		r.found, r.roots, r.yaml = nil, nil, filled(r.yaml)
		clear(r.seen)
		if r.documents() != nil {
			r.malformed(err)
		}
	}
	if r.steps > maxSteps {
		r.trouble(0, "its merge keys multiply beyond what is looked at")
	}
}

// documents reads one document after the other, up to the first that is not readable.
func (r *reader) documents() error {
	dec := yaml.NewDecoder(strings.NewReader(strings.TrimPrefix(r.yaml, byteOrderMark)))
	for r.steps <= maxSteps {
		doc, err := next(dec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
			r.document(doc.Content[0])
		}
	}
	return nil
}

// next reads a document. The parser panics on some broken input.
func next(dec *yaml.Decoder) (doc yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	err = dec.Decode(&doc)
	return doc, err
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

func (r *reader) malformed(err error) {
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		r.trouble(0, "not readable as YAML: "+err.Error())
		return
	}
	line, _ := strconv.Atoi(m[1])
	why := "not readable as YAML: " + m[2]
	if strings.Contains(r.src, "{{") || strings.Contains(r.src, "{%") {
		why += "; a template fills the file in"
	}
	r.trouble(max(r.lines.offset(r.src, line, 1), 0), why)
}

func (r *reader) trouble(at int, why string) {
	line := r.src[at : at+plainEnd(r.src[at:])]
	at += len(line) - len(strings.TrimLeft(line, " \t"))
	line = strings.Trim(line, " \t")
	span := ecosystems.Span{File: r.file, Start: at, End: at + len(line)}
	r.found = append(r.found, imagepin.Trouble(Name, clip(line), span, ecosystems.Reason{Code: ecosystems.Malformed, Text: why}))
}

func (r *reader) document(root *yaml.Node) {
	root = target(root)
	if root.Kind != yaml.MappingNode {
		return
	}
	r.roots = append(r.roots, root)
	if r.field(root, "services") == nil && r.field(root, "version") == nil {
		r.oldFormat(root)
	}
	for _, section := range sections {
		if services := target(r.field(root, section)); services != nil && services.Kind == yaml.MappingNode {
			for _, service := range r.values(services) {
				r.service(service, "")
			}
		}
	}
	r.dropBuilt()
	for i := 0; i+1 < len(root.Content); i += 2 {
		if strings.HasPrefix(root.Content[i].Value, "x-") {
			r.fragment(root.Content[i+1], 0)
		}
	}
}

// sections are the keys below which containers are described.
var sections = []string{"services", "jobs"}

// oldFormat reads the first version of the format, which had the services at the top.
func (r *reader) oldFormat(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if !strings.HasPrefix(root.Content[i].Value, "x-") {
			r.service(root.Content[i+1], "")
		}
	}
}

// target returns the node that an alias names, and any other node itself.
func target(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < maxDepth; i++ {
		n = n.Alias
	}
	return n
}

// field returns the value of a key of a mapping, its own or a merged one; nil for none.
func (r *reader) field(m *yaml.Node, key string) *yaml.Node {
	return r.search(m, key, map[*yaml.Node]bool{})
}

// search looks a key up as YAML's merge type has it: own keys first, then what
// is merged, earlier ones first.
func (r *reader) search(m *yaml.Node, key string, visited map[*yaml.Node]bool) *yaml.Node {
	if m = target(m); m == nil || m.Kind != yaml.MappingNode || visited[m] || r.steps > maxSteps {
		return nil
	}
	visited[m] = true
	var merged []*yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		r.steps++
		k, v := target(m.Content[i]), m.Content[i+1]
		switch {
		case k.Value == key && k.Kind == yaml.ScalarNode:
			return v
		case isMerge(k):
			merged = append(merged, v)
		}
	}
	for _, v := range flat(merged) {
		if found := r.search(v, key, visited); found != nil {
			return found
		}
	}
	return nil
}

func isMerge(k *yaml.Node) bool { return k.Kind == yaml.ScalarNode && k.Value == "<<" }

// flat returns the mappings that merge keys name, where a list stands for its elements.
func flat(values []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, v := range values {
		if t := target(v); t != nil && t.Kind == yaml.SequenceNode {
			out = append(out, t.Content...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// values returns the values of a mapping, its own, also under a key that stands
// there twice, and those that are merged and not overruled.
func (r *reader) values(m *yaml.Node) []*yaml.Node {
	keys, visited := map[string]bool{}, map[*yaml.Node]bool{}
	var out []*yaml.Node
	var collect func(m *yaml.Node, own bool)
	collect = func(m *yaml.Node, own bool) {
		if m = target(m); m == nil || m.Kind != yaml.MappingNode || visited[m] {
			return
		}
		visited[m] = true
		var merged []*yaml.Node
		for i := 0; i+1 < len(m.Content); i += 2 {
			r.steps++
			if k := target(m.Content[i]); isMerge(k) {
				merged = append(merged, m.Content[i+1])
			} else if own || !keys[k.Value] {
				keys[k.Value] = true
				out = append(out, m.Content[i+1])
			}
		}
		for _, v := range flat(merged) {
			collect(v, false)
		}
	}
	collect(m, true)
	return out
}
