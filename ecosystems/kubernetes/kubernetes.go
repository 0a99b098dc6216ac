// Package kubernetes reads and edits the images of Kubernetes manifests: of
// pods, of all resources with a pod template, and of the resources of well-known
// operators. It also reads the charts and repositories that Flux and Argo CD
// install.
//
// Any YAML file may be a manifest, so the content decides (Marked), and only
// documents that can name an image are parsed. The packages imageref and
// imagepin know image references and pins.
package kubernetes

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/deploypin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "kubernetes"

// An Ecosystem reads and edits manifests. It implements ecosystems.Ecosystem,
// ecosystems.Marked, ecosystems.Dater and ecosystems.Describer.
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
		Name: Name, Files: "Kubernetes manifests", Kinds: deploypin.Kinds(),
		Dependabot: []string{"docker"}, Renovate: []string{"kubernetes", "flux", "argocd", "docker"},
	}
}

// Match reports whether a file may be a manifest: any YAML file.
func (*Ecosystem) Match(file string) bool {
	ext := path.Ext(file)
	return (ext == ".yaml" || ext == ".yml") && len(path.Base(file)) > len(ext)
}

// Marked reports whether a file contains the keys of a manifest, apiVersion and kind.
func (*Ecosystem) Marked(data []byte) bool {
	return bytes.Contains(data, []byte("apiVersion")) && bytes.Contains(data, []byte("kind"))
}

// schema is a line of documents that define custom resources. They name no
// image, and some are megabytes that take a second to parse.
const schema = "\nkind: CustomResourceDefinition"

// wanted reports whether a document can name an image.
func wanted(document string) bool {
	return strings.Contains(document, "apiVersion") && strings.Contains(document, "kind") && !strings.Contains("\n"+document, schema) &&
		(strings.Contains(document, "mage") || strings.Contains(document, "IMAGE") || strings.Contains(document, "package") ||
			strings.Contains(document, fluxGroup) || strings.Contains(document, "targetRevision"))
}

// Extract reads the manifests of a file. An unreadable document does not affect the others.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	in, err := yamlimage.Open(repo, file, wanted)
	if err != nil {
		return nil, err
	}
	r := reader{Reader: in, seen: map[visit]bool{}, repo: repo, file: file}
	for _, root := range in.Roots() {
		r.object(root)
	}
	return in.Found(), nil
}
