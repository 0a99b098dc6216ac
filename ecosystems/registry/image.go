package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// Image reads the image with a tag or digest (ref "" means latest). Of an index
// it reads the image for a platform, "linux/arm64"; "" means linux/amd64, or the
// first one. It takes three requests. Annotations of the index take precedence
// over those of the image, and those over labels of its config.
func (r *Registry) Image(ctx context.Context, repository, ref, platform string) (ecosystems.Image, error) {
	ref = cmp.Or(ref, "latest")
	repo, err := r.repository(repository)
	if err != nil {
		return ecosystems.Image{}, wrap("read", repository, nil, err)
	}
	i, err := r.image(ctx, repo, ref, platform)
	return i, wrap("read", repository+" "+ref, repo, err)
}

func (r *Registry) image(ctx context.Context, repo *repository, ref, platform string) (ecosystems.Image, error) {
	f, err := r.find(ctx, repo, ref, platform)
	if err != nil {
		return ecosystems.Image{}, err
	}
	c, err := r.config(ctx, repo, f.image)
	if err != nil {
		return ecosystems.Image{}, err
	}
	i := ecosystems.Image{Digest: f.image.digest, Platforms: f.platforms(), Labels: map[string]string{}}
	i.Config = c.runs()
	i.Platform = cmp.Or(f.child.platform, f.image.platform, c.platform.String())
	if f.index != nil {
		// take keeps what is known, so the order of its calls is the precedence.
		i.Index = f.index.digest
		take(i.Labels, f.index.annotations)
	} else if i.Platform != "" {
		i.Platforms = []string{i.Platform}
	}
	take(i.Labels, f.child.annotations)
	take(i.Labels, f.image.annotations)
	i.Created = plausible(c.Created, time.Now())
	if t := plausible(i.Labels[created], time.Now()); !t.IsZero() {
		i.Created = t
	}
	take(i.Labels, c.Config.Labels)
	if i.Created.IsZero() {
		i.Created = plausible(i.Labels[created], time.Now())
	}
	for _, d := range f.image.layers {
		i.Layers = append(i.Layers, d.Digest)
	}
	i.Size = f.image.size()
	return i, nil
}

// size returns the compressed size of all layers, in bytes.
func (m *manifest) size() (n int64) {
	for _, d := range m.layers {
		// The sizes are untrusted: their sum must not overflow.
		n += min(max(d.Size, 0), math.MaxInt64-n)
	}
	return n
}

// take copies labels that are not known yet.
func take(known, from map[string]string) {
	for key, value := range from {
		if strings.HasPrefix(key, labelPrefix) && value != "" && known[key] == "" {
			known[key] = value
		}
	}
}

// found is the image for a platform, with its index; nil if there is no index.
type found struct {
	index *manifest
	child child
	image *manifest
}

// find requests ref and, if it is an index, the image for the platform.
func (r *Registry) find(ctx context.Context, repo *repository, ref, platform string) (f found, err error) {
	if f.image, err = r.manifest(ctx, repo, ref); err != nil || !f.image.index {
		return f, err
	}
	f.index = f.image
	n := f.index.pick(platform)
	if n < 0 {
		err := fmt.Errorf("no image for %s", cmp.Or(answer.Short(platform), "any platform"))
		return f, fail(fetch.NotFound, repo.at("manifests", ref), err)
	}
	f.child = f.index.children[n]
	f.image, err = r.manifest(ctx, repo, f.child.digest)
	if err == nil && f.image.index {
		err = fail(fetch.BadAnswer, repo.at("manifests", f.child.digest), fmt.Errorf("an index in an index"))
	}
	return f, err
}

// pick returns the position of the child for a platform, -1 for none.
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
