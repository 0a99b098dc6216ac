package registry

import (
	"cmp"
	"context"
	"time"
)

// The keys of annotations and labels with the origin of an image (OCI image
// specification, "Pre-Defined Annotation Keys").
const (
	labelPrefix   = "org.opencontainers.image."
	labelSource   = labelPrefix + "source"
	labelRevision = labelPrefix + "revision"
	labelVersion  = labelPrefix + "version"
	labelURL      = labelPrefix + "url"
	created       = labelPrefix + "created"
)

// Labels returns the labels with the origin of an image. It reads the manifest or
// index of ref, then one image of an index (for linux/amd64, or the first), then
// its config, and stops when source and revision are known: at most three
// requests. The cache keeps answers for digests without a limit of age.
func (r *Registry) Labels(ctx context.Context, repository, ref string) (map[string]string, error) {
	repo, err := r.repository(repository)
	if err != nil {
		return nil, wrap("read the labels of", repository, nil, err)
	}
	found := map[string]string{}
	err = r.labels(ctx, repo, ref, found)
	return found, wrap("read the labels of", repository+" "+ref, repo, err)
}

func (r *Registry) labels(ctx context.Context, repo *repository, ref string, found map[string]string) error {
	c, err := r.describe(ctx, repo, ref, func(labels map[string]string) bool { return learn(found, labels) })
	learn(found, c.Config.Labels)
	return err
}

// learn adds new labels and reports whether source and revision are known.
func learn(found, labels map[string]string) bool {
	for _, key := range []string{labelSource, labelRevision, labelVersion, labelURL} {
		if v := labels[key]; v != "" && found[key] == "" {
			found[key] = v
		}
	}
	return found[labelSource] != "" && found[labelRevision] != ""
}

// Published returns when the image with a tag or digest was built. The zero time
// without an error means that the image has no date, or an impossible one.
//
// It uses the annotation of an index, else the manifest and then the config of
// one of its images (for linux/amd64, or the first).
func (r *Registry) Published(ctx context.Context, repository, ref string) (time.Time, error) {
	ref = cmp.Or(ref, "latest")
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

func (r *Registry) built(ctx context.Context, repo *repository, ref string, now time.Time) (t time.Time, err error) {
	learn := func(date string) bool {
		if t.IsZero() {
			t = plausible(date, now)
		}
		return !t.IsZero()
	}
	c, err := r.describe(ctx, repo, ref, func(labels map[string]string) bool { return learn(labels[created]) })
	learn(c.Created)
	learn(c.Config.Labels[created]) // last, because many images inherit the labels of their base
	return t, err
}

// describe calls learn with the annotations of the manifest or index of ref, then
// with those of one image of an index (for linux/amd64, or the first), until it
// returns true. If it never does, describe returns the image's config. It takes at
// most three requests.
func (r *Registry) describe(ctx context.Context, repo *repository, ref string, learn func(annotations map[string]string) bool) (config, error) {
	m, err := r.manifest(ctx, repo, ref)
	if err != nil || learn(m.annotations) {
		return config{}, err
	}
	if m.index {
		n := m.pick("")
		if n < 0 || learn(m.children[n].annotations) {
			return config{}, nil
		}
		if m, err = r.manifest(ctx, repo, m.children[n].digest); err != nil || learn(m.annotations) {
			return config{}, err
		}
	}
	return r.config(ctx, repo, m)
}
