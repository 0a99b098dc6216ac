package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// A referrer is an artifact in a list of referrers.
type referrer struct {
	Digest       string `json:"digest"`
	ArtifactType string `json:"artifactType"`
}

const (
	indexType         = "application/vnd.oci.image.index.v1+json"
	mostReferrerPages = 10
)

// errNoReferrers says that the answer is no list of referrers: the server does
// not have the API.
var errNoReferrers = errors.New("not a list of referrers")

// referrers lists the artifacts that are attached to a digest. It does not use
// the API's filter, which accepts only one type and is optional for servers
// (OCI-Filters-Applied): the caller must check the types anyway.
func (r *Registry) referrers(ctx context.Context, repo *repository, digest string) ([]referrer, error) {
	first := repo.at("referrers", digest)
	var list []referrer
	query := ""
	for page := 0; page < mostReferrerPages; page++ {
		address := first
		if query != "" {
			address += "?" + query
		}
		found, next, err := r.referrersPage(ctx, repo, address)
		switch {
		case err != nil && page == 0 && unknown(err):
			return r.referrersTag(ctx, repo, digest)
		case err != nil:
			return nil, err
		}
		list = append(list, found...)
		// A page that links to itself, or is empty, does not lead on.
		if next == "" || next == query || len(found) == 0 {
			return list, nil
		}
		query = next
	}
	return list, nil
}

// unknown reports whether an error means that a server does not have the API: 404,
// as the specification requires, another 4xx that is not about access or rate (such
// as 400, 405, 406), or an answer without a list: a text such as a web page, or
// JSON without manifests.
func unknown(err error) bool {
	var e *fetch.Error
	return errors.Is(err, errNoReferrers) || fetch.Code(err) == fetch.NotFound ||
		errors.As(err, &e) && e.Code == fetch.BadAnswer && e.Status >= 400
}

func (r *Registry) referrersPage(ctx context.Context, repo *repository, address string) ([]referrer, string, error) {
	res, err := r.get(ctx, repo, fetch.Request{
		URL: address, Accept: indexType, Limit: manifestBytes,
		Check: func(body []byte, h http.Header) error { _, err := parseReferrers(body, h); return err },
	})
	if err != nil {
		return nil, "", err
	}
	list, err := parseReferrers(res.Body, res.Header)
	if err != nil {
		return nil, "", fail(fetch.BadAnswer, address, err)
	}
	next, err := answer.NextPage(address, res.Header, referrersPath.MatchString)
	if err != nil {
		return nil, "", fail(fetch.BadAnswer, address, err)
	}
	return list, next, nil
}

// parseReferrers parses an image index of artifacts.
func parseReferrers(body []byte, h http.Header) ([]referrer, error) {
	if t := h.Get("Content-Type"); strings.HasPrefix(t, "text/") {
		return nil, fmt.Errorf("%w: %s", errNoReferrers, answer.Short(t))
	}
	var index struct {
		Manifests *[]referrer `json:"manifests"`
		MediaType string      `json:"mediaType"`
	}
	if err := json.Unmarshal(body, &index); err != nil {
		return nil, fmt.Errorf("not a list of referrers: %s", whatIsIt(body, err))
	}
	if index.Manifests == nil {
		if index.MediaType == indexType { // some servers write null for an empty list
			return nil, nil
		}
		return nil, errNoReferrers
	}
	var list []referrer
	for _, d := range *index.Manifests {
		if digestText.MatchString(d.Digest) {
			list = append(list, d)
		}
	}
	return list, nil
}

// referrersPath matches the path of a list.
var referrersPath = lazyregexp.New(`/referrers/sha(256|512):[0-9a-f]+$`)

// referrersTag reads the index with a tag that clients maintain if a registry has
// no referrers API.
func (r *Registry) referrersTag(ctx context.Context, repo *repository, digest string) ([]referrer, error) {
	tag := strings.Replace(digest, ":", "-", 1)
	if len(tag) > 128 { // the specification truncates the algorithm to 32 characters and the rest to 64
		tag = tag[:len("sha512-")+64]
	}
	address := repo.at("manifests", tag)
	res, err := r.get(ctx, repo, fetch.Request{
		URL: address, Accept: accept, Limit: manifestBytes,
		Check: func(body []byte, h http.Header) error { return checkManifest(body, h.Get("Docker-Content-Digest")) },
	})
	switch {
	case err != nil && fetch.Code(err) == fetch.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	list, err := parseReferrers(res.Body, http.Header{})
	if err != nil {
		return nil, fail(fetch.BadAnswer, address, err)
	}
	return list, nil
}
