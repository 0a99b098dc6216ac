package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const (
	pageSize  = 1000     // tags asked for at once; registries may send fewer, or more
	mostTags  = 200_000  // of one repository; more are an error, never a part of them
	mostPages = 5_000    // of one repository
	pageBytes = 32 << 20 // of one page

	// mostBarren is how many pages in a row may bring nothing new and still link
	// to another one: servers that leave out what a login may not see send empty pages.
	mostBarren = 20
)

// Versions lists the tags of a repository ("docker.io/library/python").
func (r *Registry) Versions(ctx context.Context, repository string) (ecosystems.Listing, error) {
	repo, err := r.repository(repository)
	if err != nil {
		return ecosystems.Listing{}, wrap("list tags of", repository, nil, err)
	}
	tags, err := r.tags(ctx, repo)
	if err != nil {
		return ecosystems.Listing{}, wrap("list tags of", repository, repo, err)
	}
	l := ecosystems.Listing{Candidates: make([]version.Candidate, 0, len(tags))}
	for _, tag := range tags {
		l.Candidates = append(l.Candidates, version.Candidate{Version: dockertag.Parse(tag)})
	}
	return l, nil
}

// tagText is the grammar of tags (OCI distribution specification, "Pulling manifests").
var tagText = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// attached are the tags under which signatures and the like of another image
// lie (the "referrers tag schema" of the specification, and cosign's).
var attached = regexp.MustCompile(`^sha(256|512)-[0-9a-f]{64,}(\.[a-z0-9]+)?$`)

// tags reads page after page until none follows.
func (r *Registry) tags(ctx context.Context, repo *repository) ([]string, error) {
	var tags []string
	seen := map[string]bool{}
	walk := pages{asked: map[string]bool{}}
	query := url.Values{"n": {strconv.Itoa(pageSize)}}.Encode()
	for query != "" {
		address := repo.at("tags", "list") + "?" + query
		p, err := r.page(ctx, repo, address)
		if err != nil {
			return nil, err
		}
		before := len(seen)
		for _, tag := range p.tags {
			if !seen[tag] {
				seen[tag] = true
				if tagText.MatchString(tag) && !attached.MatchString(tag) {
					tags = append(tags, tag)
				}
			}
		}
		query = walk.next(query, p, len(seen) > before)
		switch {
		case query == "":
		case len(seen) > mostTags:
			return nil, tooMany(address)
		case walk.endless():
			return nil, &fetch.Error{Code: fetch.TooLarge, Method: "GET", URL: address, Err: errors.New("pages of tags without end")}
		}
	}
	return tags, nil
}

// A pages is the way from page to page of one list.
type pages struct {
	asked  map[string]bool // the queries of the pages read
	barren int             // pages in a row that brought nothing new
	linked bool            // the last page had a link
}

// next returns the query of the page to read behind p, "" for none. News tells
// whether p brought any tag that was not there before.
func (w *pages) next(query string, p page, news bool) string {
	w.asked[query] = true
	if w.barren++; news {
		w.barren = 0
	}
	behindLinks := p.guessed && w.linked
	w.linked = !p.guessed
	if behindLinks || w.asked[p.next] || p.guessed && !news {
		return ""
	}
	return p.next
}

func (w *pages) endless() bool { return len(w.asked) > mostPages || w.barren >= mostBarren }

func tooMany(address string) error {
	return &fetch.Error{Code: fetch.TooLarge, Method: "GET", URL: address, Err: fmt.Errorf("more than %d tags", mostTags)}
}

// A page is a part of a list of tags.
type page struct {
	tags    []string
	next    string // the query of the next page; "" for the last one
	guessed bool   // no link says that there is one
}

func (r *Registry) page(ctx context.Context, repo *repository, address string) (page, error) {
	res, err := r.get(ctx, repo, fetch.Request{
		URL: address, Accept: "application/json", Limit: pageBytes,
		Check: func(body []byte, _ http.Header) error { _, err := parseTags(body); return err },
	})
	if err != nil {
		return page{}, err
	}
	tags, err := parseTags(res.Body)
	if err != nil {
		return page{}, &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: address, Err: err}
	}
	next, err := nextPage(address, res.Header, func(path string) bool { return strings.HasSuffix(path, "/tags/list") })
	if err != nil {
		return page{}, &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: address, Err: err}
	}
	if next == "" && len(tags) == pageSize {
		// Some servers cut the list where it is full and say nothing.
		next = url.Values{"n": {strconv.Itoa(pageSize)}, "last": {tags[len(tags)-1]}}.Encode()
		return page{tags, next, true}, nil
	}
	return page{tags, next, false}, nil
}

func parseTags(body []byte) ([]string, error) {
	var list struct {
		Tags *[]string `json:"tags"` // null for a repository without any
		Name *string   `json:"name"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("not a list of tags: %s", whatIsIt(body, err))
	}
	switch {
	case list.Tags != nil:
		return *list.Tags, nil
	case list.Name != nil:
		return nil, nil
	}
	return nil, errors.New("not a list of tags: it has neither name nor tags")
}

// whatIsIt says in a few words what came in place of JSON.
func whatIsIt(body []byte, err error) string {
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	switch {
	case text == "":
		return "the answer is empty"
	case strings.HasPrefix(text, "<"):
		return "the answer is a web page"
	}
	return oneLine(err)
}
