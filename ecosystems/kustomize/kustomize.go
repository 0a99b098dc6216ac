// Package kustomize reads and edits the images that kustomizations set, the
// charts that they inflate, and the tags of their remote bases.
//
// Package deploypin looks these up and edits them.
package kustomize

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/deploypin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "kustomize"

// An Ecosystem reads and edits kustomizations. It implements
// ecosystems.Ecosystem, ecosystems.Dater, ecosystems.Describer and
// ecosystems.ImageReader.
type Ecosystem struct {
	deploypin.Lookup
}

// New returns the ecosystem. It looks up versions with images, charts and refs.
func New(images imagepin.Registries, charts chartpin.Repositories, refs gitpin.Source) *Ecosystem {
	return &Ecosystem{deploypin.New(images, charts, refs)}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "kustomizations", Kinds: deploypin.Kinds(),
		Renovate: []string{"kustomize", "docker"},
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
	in, err := yamlimage.Open(repo, file, nil)
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
		for _, one := range in.List(root, "helmCharts") {
			r.chart(one, "name", "repo", "version")
		}
		for _, one := range in.List(root, "helmChartInflationGenerator") { // before kustomize 4.2
			r.chart(one, "chartName", "chartRepo", "chartVersion")
		}
	}
	return in.Found(), nil
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
		return // it only renames: the tag is in the manifests
	case !yamlimage.IsEmpty(tag) && !yamlimage.IsEmpty(digest):
		d := r.Broken(tag, ecosystems.Conflict, "newTag and digest stand together: which of them counts depends on the version of kustomize")
		d.Name = at.Value
		r.Add(d)
	default:
		r.Parts(yamlimage.Parts{Name: strings.TrimSpace(at.Value), Tag: tag, Digest: digest, At: at, NoDigest: "a digest beside newTag would contradict it"})
	}
}
