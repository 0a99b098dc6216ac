package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/codehost"
)

// An Image is what a registry tells about the image of one platform.
type Image struct {
	Digest    string            // of the image of the platform
	Index     string            // digest of the index that it stands in; "" for none
	Platform  string            // "linux/arm64"; "" where it does not tell
	Platforms []string          // that the index has, sorted
	Created   time.Time         // zero where it is not told, or cannot be true
	Size      int64             // of its layers as they are transferred, in bytes
	Layers    int               // how many
	Labels    map[string]string // org.opencontainers.image.*, of annotations and labels
}

// The keys of what an image says about the one that it was built on (OCI image
// specification, "Pre-Defined Annotation Keys").
const (
	labels          = "org.opencontainers.image."
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
)

// Source returns the address of the source code, as the image has it.
func (i Image) Source() string { return i.Labels[labelSource] }

// Revision returns the commit that it was built from, as the image has it.
func (i Image) Revision() string { return i.Labels[labelRevision] }

// Version returns what its publisher calls this version.
func (i Image) Version() string { return i.Labels[labelVersion] }

// Base returns name and digest of the image that it was built on.
func (i Image) Base() (name, digest string) {
	return i.Labels[labelBaseName], i.Labels[labelBaseDigest]
}

// CompareLink returns where two commits of a source are compared, and "" where
// that is not known, or one of the two is kept elsewhere.
func CompareLink(oldSource, oldRevision, newSource, newRevision string) string {
	from, ok := codehost.Parse(oldSource)
	to, also := codehost.Parse(newSource)
	if !ok || !also || !strings.EqualFold(from.URL(), to.URL()) {
		return ""
	}
	return to.Compare(oldRevision, newRevision)
}

// Image reads what a tag or digest names: for a platform ("linux/arm64"; "" is
// linux/amd64, or the first there is) of an index. It costs three requests.
// What the index says is believed first, then the image, then its config.
func (r *Registry) Image(ctx context.Context, repository, ref, platform string) (Image, error) {
	ref = cmp.Or(ref, "latest")
	repo, err := r.repository(repository)
	if err != nil {
		return Image{}, wrap("read", repository, nil, err)
	}
	i, err := r.image(ctx, repo, ref, platform)
	return i, wrap("read", repository+" "+ref, repo, err)
}

func (r *Registry) image(ctx context.Context, repo *repository, ref, platform string) (Image, error) {
	f, err := r.find(ctx, repo, ref, platform)
	if err != nil {
		return Image{}, err
	}
	c, err := r.config(ctx, repo, f.image)
	if err != nil {
		return Image{}, err
	}
	i := Image{Digest: f.image.digest, Platforms: f.platforms(), Layers: len(f.image.layers), Labels: map[string]string{}}
	i.Platform = cmp.Or(f.child.platform, f.image.platform, c.platform.String())
	if f.index != nil {
		i.Index = f.index.digest
		i.learn(f.index.annotations)
	} else if i.Platform != "" {
		i.Platforms = []string{i.Platform}
	}
	i.learn(f.child.annotations)
	i.learn(f.image.annotations)
	i.Created = plausible(c.Created, time.Now())
	if t := plausible(i.Labels[created], time.Now()); !t.IsZero() {
		i.Created = t
	}
	i.learn(c.Config.Labels)
	if i.Created.IsZero() {
		i.Created = plausible(i.Labels[created], time.Now())
	}
	for _, d := range f.image.layers {
		i.Size += min(max(d.Size, 0), math.MaxInt64-i.Size)
	}
	return i, nil
}

func (i *Image) learn(from map[string]string) {
	for key, value := range from {
		if strings.HasPrefix(key, labels) && value != "" && i.Labels[key] == "" {
			i.Labels[key] = value
		}
	}
}

// found is the image of a platform, and the index that it stands in, if any.
type found struct {
	index *manifest
	child child
	image *manifest
}

// find gets what ref names and, of an index, the image of the platform.
func (r *Registry) find(ctx context.Context, repo *repository, ref, platform string) (f found, err error) {
	if f.image, err = r.manifest(ctx, repo, ref); err != nil || !f.image.index {
		return f, err
	}
	f.index = f.image
	n := f.index.pick(platform)
	if n < 0 {
		err := fmt.Errorf("no image for %s", cmp.Or(cut(oneLineText(platform)), "any platform"))
		return f, &fetch.Error{Code: fetch.NotFound, Method: "GET", URL: repo.at("manifests", ref), Err: err}
	}
	f.child = f.index.children[n]
	f.image, err = r.manifest(ctx, repo, f.child.digest)
	if err == nil && f.image.index {
		err = &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: repo.at("manifests", f.child.digest), Err: fmt.Errorf("an index in an index")}
	}
	return f, err
}

// pick returns the place of the child for a platform, -1 for none.
func (m *manifest) pick(platform string) int {
	at := func(p string) int {
		return slices.IndexFunc(m.children, func(c child) bool { return c.platform == p })
	}
	if want := parsePlatform(platform); want != "" {
		return at(want)
	}
	if len(m.children) == 0 {
		return -1
	}
	return max(at("linux/amd64"), 0)
}

func (f found) platforms() (list []string) {
	if f.index == nil {
		return nil
	}
	for _, c := range f.index.children {
		if c.platform != "" {
			list = append(list, c.platform)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func oneLineText(text string) string { return strings.Join(strings.Fields(text), " ") }
