package kubernetes

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/deploypin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/helmvalues"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// fluxGroup is the suffix of Flux's API groups.
const fluxGroup = "toolkit.fluxcd.io"

// installed reads a resource that installs charts, artifacts or repositories. It
// reports false for any other resource.
func (r *reader) installed(n *yaml.Node, group, kind string) bool {
	switch group + " " + kind {
	case "helm." + fluxGroup + " HelmRelease":
		r.helmRelease(n)
	case "source." + fluxGroup + " HelmChart":
		r.fluxChart(r.At(n, "spec"))
	case "source." + fluxGroup + " OCIRepository":
		r.ociRepository(r.At(n, "spec"))
	case "source." + fluxGroup + " GitRepository":
		r.gitRepository(r.At(n, "spec"))
	case "argoproj.io Application":
		r.application(r.At(n, "spec"))
	case "argoproj.io ApplicationSet":
		r.application(r.At(n, "spec", "template", "spec"))
	default:
		return false
	}
	return true
}

// helmRelease reads a release of Flux: its chart, and the images in its values. See
// https://fluxcd.io/flux/components/helm/helmreleases/
func (r *reader) helmRelease(n *yaml.Node) {
	r.fluxChart(r.At(n, "spec", "chart", "spec"))
	helmvalues.Read(r.Reader, r.At(n, "spec", "values"))
}

// fluxChart reads a chart whose source is the name of another resource.
func (r *reader) fluxChart(n *yaml.Node) {
	v := r.At(n, "version")
	name := r.Text(n, "chart")
	if n == nil || name == "" || yamlimage.IsEmpty(v) {
		return
	}
	switch source := r.Text(n, "sourceRef", "name"); {
	case r.Text(n, "sourceRef", "kind") != "HelmRepository":
		d := chartpin.Read(r.Reader, name, "", v)
		d.Skip = ecosystems.Reason{Code: ecosystems.Path, Text: "a chart of a git repository or a bucket: its version decides nothing there"}
		r.Add(d)
	case r.source(source) == "":
		d := chartpin.Read(r.Reader, name, "", v)
		d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "the HelmRepository " + imagepin.Clip(source) + " stands neither in this file nor in one beside it, so where the chart comes from is not known"}
		r.Add(d)
	default:
		r.Add(chartpin.Read(r.Reader, name, r.source(source), v))
	}
}

// source returns the address of a HelmRepository of Flux, or "" if neither the
// file nor one in the same folder defines it.
func (r *reader) source(name string) string {
	if r.sources == nil {
		r.sources = map[string]string{}
		r.beside()
		r.note(r.File) // last, because the file itself takes precedence
	}
	return r.sources[name]
}

// The limits for reading the other files in a folder.
const (
	maxBeside     = 200
	maxBesideSize = 256 << 10 // bytes of one file
)

// beside records the sources that the other files in the folder define.
func (r *reader) beside() {
	entries, err := fs.ReadDir(r.repo, path.Dir(r.file))
	if err != nil {
		return
	}
	looked := 0 // a folder may have thousands of manifests
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if ext != ".yaml" && ext != ".yml" || e.Name() == path.Base(r.file) {
			continue
		}
		if looked++; looked > maxBeside {
			return
		}
		name := path.Join(path.Dir(r.file), e.Name())
		if text, why, err := imagepin.LoadUpTo(r.repo, name, maxBesideSize); err == nil && why.IsZero() && strings.Contains(text, "HelmRepository") {
			r.note(yamltext.Read(name, text, func(document string) bool { return strings.Contains(document, "HelmRepository") }))
		}
	}
}

// note records the sources that a file defines.
func (r *reader) note(f *yamltext.File) {
	for _, d := range f.Documents {
		if d.Root == nil || f.Text(d.Root, "kind") != "HelmRepository" || !strings.HasPrefix(f.Text(d.Root, "apiVersion"), "source."+fluxGroup) {
			continue
		}
		r.sources[f.Text(d.Root, "metadata", "name")] = f.Text(d.Root, "spec", "url")
	}
}

// ociRepository reads an artifact of Flux, which names a tag, a digest or both.
// See https://fluxcd.io/flux/components/source/ocirepositories/
func (r *reader) ociRepository(spec *yaml.Node) {
	name, oci := strings.CutPrefix(r.Text(spec, "url"), "oci://")
	at, tag, digest := r.At(spec, "url"), r.At(spec, "ref", "tag"), r.At(spec, "ref", "digest")
	semver := r.At(spec, "ref", "semver")
	switch {
	case !oci: // Flux accepts no other scheme
	case !yamlimage.IsEmpty(semver) && yamlimage.IsEmpty(digest):
		d := r.Broken(semver, ecosystems.Unsupported, "a range of versions: Flux takes the newest one inside it")
		d.Name = name
		r.Add(d)
	case !yamlimage.IsEmpty(tag) || !yamlimage.IsEmpty(digest):
		r.Parts(yamlimage.Parts{Name: name, Tag: tag, Digest: digest, At: at, NoDigest: "there is no key for a digest here"})
	}
}

// gitRepository reads a repository of Flux. Flux prefers the commit to the tag, and the tag to the branch.
func (r *reader) gitRepository(spec *yaml.Node) {
	ref := r.At(spec, "ref", "commit")
	if yamlimage.IsEmpty(ref) {
		ref = r.At(spec, "ref", "tag")
	} else if tag := r.At(spec, "ref", "tag"); !yamlimage.IsEmpty(tag) {
		d := r.Broken(tag, ecosystems.Conflict, "tag and commit stand together, and Flux takes the commit")
		d.Name = imagepin.Clip(r.Text(spec, "url"))
		r.Add(d)
		return
	}
	if !yamlimage.IsEmpty(ref) {
		r.git(r.Text(spec, "url"), ref)
	}
}

// application reads an application of Argo CD: its sources, each a chart or a
// git repository. See https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
func (r *reader) application(spec *yaml.Node) {
	sources := r.List(spec, "sources")
	if one := r.At(spec, "source"); one != nil { // the form for a single source
		sources = append([]*yaml.Node{one}, sources...)
	}
	for _, one := range sources {
		one = yamltext.Target(one)
		revision := r.At(one, "targetRevision")
		helmvalues.Read(r.Reader, r.At(one, "helm", "valuesObject"))
		for _, image := range r.List(r.At(one, "kustomize"), "images") {
			r.kustomized(yamltext.Target(image))
		}
		chart, address := r.Text(one, "chart"), r.Text(one, "repoURL")
		switch {
		case one == nil || yamlimage.IsEmpty(revision):
		case chart == "":
			r.git(address, revision)
		case !strings.Contains(address, "://"): // Argo CD names registries without a scheme
			r.Add(chartpin.Read(r.Reader, chart, "oci://"+address, revision))
		default:
			r.Add(chartpin.Read(r.Reader, chart, address, revision))
		}
	}
}

// kustomized reads an image that Argo CD passes to kustomize: "nginx:1.25.3".
// It does not read renamed images ("nginx=docker.io/nginx:1.25.3").
func (r *reader) kustomized(n *yaml.Node) {
	if n != nil && n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "=") {
		r.Likely(n, "")
	}
}

// git reads a tag, a branch or a commit of a git repository.
func (r *reader) git(address string, ref *yaml.Node) {
	s := r.Scalar(ref)
	span, plain := s.Span()
	pkg, name, known := deploypin.PackageOf(address)
	why := ecosystems.Reason{}
	switch {
	case imagepin.IsTemplate(address) || imagepin.IsTemplate(ref.Value) || s.Filled:
		why = ecosystems.Reason{Code: ecosystems.Variable, Text: "something fills the revision in"}
	case !known || address == "":
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "not the address of a repository that is reached over https"}
	case ref.Kind != yaml.ScalarNode || !plain || strings.TrimSpace(ref.Value) != ref.Value || strings.ContainsAny(ref.Value, "*^~<>= "):
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the revision is a range, or written with escapes or over several lines"}
	}
	if !why.IsZero() {
		d := r.Broken(ref, why.Code, why.Text)
		d.Name = imagepin.Clip(address)
		r.Add(d)
		return
	}
	p := gitpin.Place{Name: name, Package: pkg, Ref: ref.Value, At: span, NoDigest: "a revision stays the tag that it is"}
	r.Add(gitpin.Read(p.Beside(r.File, ref, s)))
}
