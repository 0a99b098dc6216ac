package registry

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A referrer is an artifact as lists of referrers describe it.
type referrer struct {
	Digest       string `json:"digest"`
	ArtifactType string `json:"artifactType"`
}

const (
	indexType         = "application/vnd.oci.image.index.v1+json"
	mostReferrerPages = 10
)

// errNoReferrers is the cause where a server answers the question for
// referrers with something else: it does not know it.
var errNoReferrers = errors.New("not a list of referrers")

// referrers lists what is attached to a digest. The filter of the API is not
// used: it knows one type only, and servers need not know it at all
// (OCI-Filters-Applied), so that we have to look at the types anyway.
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
		if next == "" || next == query || len(found) == 0 {
			return list, nil
		}
		query = next
	}
	return list, nil
}

// unknown reports whether a server refused because it does not know the API:
// with 404, as the specification wants it, or another word for it (400, 405,
// 406), or with a web page.
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
		return nil, "", &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: address, Err: err}
	}
	next, err := nextPage(address, res.Header, referrersPath.MatchString)
	if err != nil {
		return nil, "", &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: address, Err: err}
	}
	return list, next, nil
}

// parseReferrers reads an image index of artifacts.
func parseReferrers(body []byte, h http.Header) ([]referrer, error) {
	if t := h.Get("Content-Type"); strings.HasPrefix(t, "text/") {
		return nil, fmt.Errorf("%w: %s", errNoReferrers, cut(oneLine(errors.New(t))))
	}
	var index struct {
		Manifests *[]referrer `json:"manifests"`
		MediaType string      `json:"mediaType"`
	}
	if err := json.Unmarshal(body, &index); err != nil {
		return nil, fmt.Errorf("not a list of referrers: %s", whatIsIt(body, err))
	}
	if index.Manifests == nil {
		if index.MediaType == indexType { // null for none
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

// referrersPath is the end of the address of a list.
var referrersPath = lazyregexp.New(`/referrers/sha(256|512):[0-9a-f]+$`)

// referrersTag reads the index that clients keep under a tag where the
// registry does not know referrers.
func (r *Registry) referrersTag(ctx context.Context, repo *repository, digest string) ([]referrer, error) {
	tag := strings.Replace(digest, ":", "-", 1)
	if len(tag) > 128 { // cut as the specification has it: algorithm to 32 letters, the rest to 64
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
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: address, Err: err}
	}
	return list, nil
}

// hasher returns the hash that a digest is made with, and what it should come to.
func hasher(digest string) (hash.Hash, string) {
	algorithm, want, _ := strings.Cut(digest, ":")
	if algorithm == "sha512" {
		return sha512.New(), want
	}
	return sha256.New(), want
}
