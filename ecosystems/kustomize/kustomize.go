// Package kustomize reads and edits the images that kustomizations set, and
// the tags of the remote bases that they build on.
//
// How images are looked up and edited is known to package imagepin, and how
// tags of a repository are, to package gitpin.
package kustomize

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "kustomize"

// kind is the kind of package that the repository of a remote base is.
const kind = "base"

// An Ecosystem reads and edits kustomizations. It implements
// ecosystems.Ecosystem, ecosystems.Dater, ecosystems.Describer and
// ecosystems.ImageReader.
type Ecosystem struct {
	images imagepin.Lookup
	*gitpin.Lookup
}

// New returns the ecosystem, which asks images and source about what is published.
func New(images imagepin.Images, source gitpin.Source) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}, gitpin.NewLookup(source, func(pkg ecosystems.Package) string { return pkg.Index })}
}

// Info says what the ecosystem is.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "kustomizations",
		Kinds: []ecosystems.Kind{
			imagepin.Kind(),
			{Word: kind, Noun: "remote base", Plural: "remote bases", Digests: true, Resolves: true, Canonical: strings.ToLower},
		},
		Renovate: []string{"kustomize"},
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
		for _, one := range in.List(root, "helmCharts") {
			r.chart(one)
		}
	}
	return in.Found(), nil
}

// Versions returns the tags of an image, or of the repository of a base.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if pkg.Kind == kind {
		return e.Lookup.Versions(ctx, pkg)
	}
	return e.images.Versions(ctx, pkg)
}

// Pins returns the digest of an image's tag, or the commit of a base's tag.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	if d.Package.Kind == kind {
		return e.Lookup.Pins(ctx, d, v)
	}
	return e.images.Pins(ctx, d, v)
}

// Published returns when an image was made. When a tag of git was made is not
// known, so that its age counts from when it was first seen.
func (e *Ecosystem) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if d.Package.Kind == kind {
		return time.Time{}, nil
	}
	return e.images.Published(ctx, d, v)
}

// Edit returns the replacements that bring d to the target.
func (*Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if d.Package.Kind == kind {
		return gitpin.Edit(d, to)
	}
	return yamlimage.Edit(d, to)
}

// Describe returns where people read about the update.
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	if d.Package.Kind == kind {
		return e.Lookup.Describe(ctx, d, to)
	}
	return e.images.Describe(ctx, d, to)
}

// Registry reads images.
func (e *Ecosystem) Registry() ecosystems.Images { return e.images.Registry() }

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
