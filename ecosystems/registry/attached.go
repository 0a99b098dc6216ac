package registry

import (
	"context"
	_ "crypto/sha512" // for digests
	"errors"
	"fmt"
	"net/http"

	godigest "github.com/opencontainers/go-digest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// The limits for the attachments of one image.
const (
	mostAttached       = 50
	mostAttachedLayers = 50           // in one artifact
	attachedBytes      = 32 << 20     // of one layer
	allAttachedBytes   = 2 * 32 << 20 // of all layers that one call reads
)

// Attached returns the artifacts that are attached to the image with a digest, if
// wanted is nil or reports true for their type. It returns at most 50, in the
// registry's order. It skips listed artifacts that no longer exist. Nothing
// attached is no error.
//
// It uses the referrers API of the OCI distribution specification 1.1 ("Listing
// Referrers"), or, if the registry does not have it, the "Referrers Tag Schema".
func (r *Registry) Attached(ctx context.Context, repository, digest string, wanted func(artifactType string) bool) ([]ecosystems.Attached, error) {
	repo, err := r.repository(repository)
	if err == nil && !digestText.MatchString(digest) {
		err = fail(fetch.BadAnswer, repository, fmt.Errorf("%q is not a digest", answer.Cut(digest)))
	}
	if err != nil {
		return nil, wrap("read what is attached to", repository, nil, err)
	}
	list, err := r.attached(ctx, repo, digest, wanted)
	return list, wrap("read what is attached to", repository+"@"+digest, repo, err)
}

func (r *Registry) attached(ctx context.Context, repo *repository, digest string, wanted func(string) bool) ([]ecosystems.Attached, error) {
	listed, err := r.referrers(ctx, repo, digest)
	if err != nil {
		return nil, err
	}
	var list []ecosystems.Attached
	left := int64(allAttachedBytes)
	for _, d := range listed {
		if d.ArtifactType != "" && wanted != nil && !wanted(d.ArtifactType) {
			continue
		}
		m, err := r.manifest(ctx, repo, d.Digest)
		switch {
		case fetch.Code(err) == fetch.NotFound && err != nil:
			continue // with the tag schema, clients maintain the list, and it may be out of date
		case err != nil:
			return nil, err
		// The list may say anything; the manifest is verified, and its subject is a part of
		// it.
		case m.subject != "" && m.subject != digest, m.index, wanted != nil && !wanted(m.artifactType):
			continue
		}
		a, err := r.artifact(ctx, repo, m, &left)
		if err != nil {
			return nil, err
		}
		if list = append(list, a); len(list) == mostAttached {
			break
		}
	}
	return list, nil
}

// Tagged returns the artifact with a tag, such as the signatures of cosign; nil
// if there is no such tag.
func (r *Registry) Tagged(ctx context.Context, repository, tag string) (*ecosystems.Attached, error) {
	repo, err := r.repository(repository)
	if err == nil && !tagText.MatchString(tag) {
		err = fail(fetch.BadAnswer, repository, fmt.Errorf("%q is not a tag", answer.Cut(tag)))
	}
	if err != nil {
		return nil, wrap("read", repository, nil, err)
	}
	a, err := r.tagged(ctx, repo, tag)
	return a, wrap("read", repository+":"+tag, repo, err)
}

func (r *Registry) tagged(ctx context.Context, repo *repository, tag string) (*ecosystems.Attached, error) {
	m, err := r.manifest(ctx, repo, tag)
	switch {
	case err != nil && fetch.Code(err) == fetch.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case m.index:
		return nil, fail(fetch.BadAnswer, repo.at("manifests", tag), errors.New("an index, not an artifact"))
	}
	left := int64(allAttachedBytes)
	a, err := r.artifact(ctx, repo, m, &left)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// artifact reads the layers of a manifest. left is the remaining number of bytes;
// exceeding it is an error.
func (r *Registry) artifact(ctx context.Context, repo *repository, m *manifest, left *int64) (ecosystems.Attached, error) {
	a := ecosystems.Attached{ArtifactType: m.artifactType, MediaType: m.mediaType, Digest: m.digest, Annotations: m.annotations}
	if len(m.layers) > mostAttachedLayers {
		err := fmt.Errorf("%d layers are more than %d", len(m.layers), mostAttachedLayers)
		return a, fail(fetch.TooLarge, repo.at("manifests", m.digest), err)
	}
	for _, d := range m.layers {
		data, err := r.blob(ctx, repo, d.Digest, min(attachedBytes, *left))
		if err != nil {
			return a, err
		}
		*left -= int64(len(data))
		a.Layers = append(a.Layers, ecosystems.AttachedLayer{MediaType: d.MediaType, Annotations: d.Annotations, Data: data})
	}
	return a, nil
}

// blob requests a blob of at most limit bytes. The cache keeps it without a limit of age.
func (r *Registry) blob(ctx context.Context, repo *repository, digest string, limit int64) ([]byte, error) {
	address := repo.at("blobs", digest)
	switch {
	case !digestText.MatchString(digest):
		return nil, fail(fetch.BadAnswer, address, errors.New("not a digest"))
	case limit <= 0: // for package fetch, 0 means its default limit
		err := fmt.Errorf("what is attached is larger than %d bytes", allAttachedBytes)
		return nil, fail(fetch.TooLarge, address, err)
	}
	res, err := r.get(ctx, repo, fetch.Request{
		URL: address, Limit: limit, Forever: true,
		Check: func(body []byte, _ http.Header) error { return checkDigest(body, digest) },
	})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// checkDigest returns an error if a body does not have a digest, which must match digestText.
func checkDigest(body []byte, digest string) error {
	if got := godigest.Digest(digest).Algorithm().FromBytes(body).String(); got != digest {
		return fmt.Errorf("the answer has the digest %s, not %s", got, digest)
	}
	return nil
}
