package registry

import (
	"context"
	"slices"
)

// The keys of annotations and labels with the origin of an image (OCI image
// specification, "Pre-Defined Annotation Keys").
const (
	labelSource   = "org.opencontainers.image.source"
	labelRevision = "org.opencontainers.image.revision"
	labelVersion  = "org.opencontainers.image.version"
	labelURL      = "org.opencontainers.image.url"
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
	m, err := r.manifest(ctx, repo, ref)
	if err != nil {
		return err
	}
	if learn(found, m.annotations) {
		return nil
	}
	if m.index {
		if len(m.children) == 0 {
			return nil
		}
		i := max(slices.IndexFunc(m.children, func(c child) bool { return c.platform == "linux/amd64" }), 0)
		if learn(found, m.children[i].annotations) {
			return nil
		}
		if m, err = r.manifest(ctx, repo, m.children[i].digest); err != nil {
			return err
		}
		if learn(found, m.annotations) {
			return nil
		}
	}
	c, err := r.config(ctx, repo, m)
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
