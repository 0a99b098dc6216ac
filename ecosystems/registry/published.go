package registry

import (
	"context"
	"slices"
	"time"
)

// Published returns when the image with a tag or digest was built. The zero time
// without an error means that the image has no date, or an impossible one.
//
// It uses the annotation of an index, else the manifest and then the config of
// one of its images (for linux/amd64, or the first).
func (r *Registry) Published(ctx context.Context, repository, ref string) (time.Time, error) {
	if ref == "" {
		ref = "latest"
	}
	image := repository + ":" + ref
	if digestText.MatchString(ref) {
		image = repository + "@" + ref
	}
	repo, err := r.repository(repository)
	if err != nil {
		return time.Time{}, wrap("date", image, nil, err)
	}
	t, err := r.built(ctx, repo, ref, time.Now())
	return t, wrap("date", image, repo, err)
}

func (r *Registry) built(ctx context.Context, repo *repository, ref string, now time.Time) (time.Time, error) {
	m, err := r.manifest(ctx, repo, ref)
	if err != nil {
		return time.Time{}, err
	}
	if t := plausible(m.annotations[created], now); !t.IsZero() {
		return t, nil
	}
	if m.index {
		if len(m.children) == 0 {
			return time.Time{}, nil
		}
		i := max(slices.IndexFunc(m.children, func(c child) bool { return c.platform == "linux/amd64" }), 0)
		if t := plausible(m.children[i].annotations[created], now); !t.IsZero() {
			return t, nil
		}
		if m, err = r.manifest(ctx, repo, m.children[i].digest); err != nil {
			return time.Time{}, err
		}
	}
	c, err := r.config(ctx, repo, m)
	if err != nil {
		return time.Time{}, err
	}
	if t := plausible(c.Created, now); !t.IsZero() {
		return t, nil
	}
	return plausible(c.Config.Labels[created], now), nil
}
