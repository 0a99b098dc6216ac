// Package kustomize reads and edits the images that kustomizations set, and
// tells of the remote bases that they build on.
package kustomize

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "kustomize"

// An Ecosystem reads and edits kustomizations. It implements
// ecosystems.Ecosystem, ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem, which asks images about what is published.
func New(images imagepin.Images) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Info says what the ecosystem is.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "kustomizations", Kinds: []ecosystems.Kind{imagepin.Kind()}, Renovate: []string{"kustomize"},
	}
}

// Match reports whether a file is a kustomization by its name.
func (*Ecosystem) Match(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// Extract reads a kustomization.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	in, err := yamlimage.Open(Name, repo, file, nil)
	if err != nil {
		return nil, err
	}
	r := reader{in}
	for _, root := range in.Roots() {
		for _, one := range in.List(root, "images") {
			r.image(one)
		}
		for _, key := range []string{"resources", "bases", "components", "crds"} {
			for _, one := range in.List(root, key) {
				r.remote(one)
			}
		}
	}
	return in.Found(), nil
}

// Edit returns the replacements that bring d to the target.
func (*Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return yamlimage.Edit(d, to)
}

type reader struct{ *yamlimage.Reader }

// image reads an element of images: name, newName, newTag, digest. See
// https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
func (r reader) image(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.Add(r.Broken(n, ecosystems.Malformed, "not an image: it has no name"))
		return
	}
	name, newName := yamltext.Target(r.Field(n, "name")), yamltext.Target(r.Field(n, "newName"))
	tag, digest := yamltext.Target(r.Field(n, "newTag")), yamltext.Target(r.Field(n, "digest"))
	at := newName
	if yamlimage.IsEmpty(at) {
		at = name
	}
	switch {
	case yamlimage.IsEmpty(at):
		r.Add(r.Broken(n, ecosystems.Malformed, "an image without a name"))
	case yamlimage.IsEmpty(tag) && yamlimage.IsEmpty(digest):
		if ref, err := imageref.Parse(at.Value); err == nil && (ref.Tag != "" || ref.Digest != "") {
			r.Image(at, "") // the whole reference as the new name
		}
		return // it renames, and leaves the tag to the manifests
	case !yamlimage.IsEmpty(tag) && !yamlimage.IsEmpty(digest):
		d := r.Broken(tag, ecosystems.Conflict, "newTag and digest stand together: which of them counts depends on the version of kustomize")
		d.Name = at.Value
		r.Add(d)
	default:
		p := yamlimage.Parts{Name: strings.TrimSpace(at.Value), Tag: tag, Digest: digest, At: at, NoTag: "no tag is written"}
		p.NoDigest = "a digest beside newTag would contradict it"
		r.Parts(p)
	}
}

// repository matches what kustomize fetches with git: a scheme, a login of ssh, or a well-known host.
var repository = regexp.MustCompile(`^(?:git::|git@|ssh://|https?://|github\.com[/:]|gitlab\.com[/:]|bitbucket\.org[/:])`)

// remote tells of a base or resource that is fetched from another place.
func (r reader) remote(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || !repository.MatchString(n.Value) {
		return
	}
	at, ok := r.Scalar(n).Span()
	d := r.Broken(n, ecosystems.Unsupported, "a remote base is not moved: its tags and commits are not asked for yet")
	if _, query, found := strings.Cut(n.Value, "?"); !found || !hasRef(query) {
		d.Skip = ecosystems.Reason{Code: ecosystems.URL, Text: "fetched from another place, and no ref of it is written"}
	}
	if ok {
		d.At = []ecosystems.Span{at}
	}
	d.Name = yamltext.Clip(n.Value)
	r.Add(d)
}

func hasRef(query string) bool {
	values, err := url.ParseQuery(query)
	return err == nil && (values.Get("ref") != "" || values.Get("version") != "")
}
