package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The limits for one list. Exceeding them is an error; the list is never truncated.
const (
	pageSize  = 1000     // tags requested at once; registries may send fewer or more
	mostTags  = 200_000  // of one repository
	pageBytes = 16 << 20 // of one page
	tagsBytes = 16 << 20 // of the names of all tags together
	mostPages = 2_000    // of one repository
	freePages = 20       // pages that may be nearly empty
	leastTags = 10       // tags on each further page, on average, to detect endless lists

	// mostBarren is how many pages in a row may have no new tag and still link to
	// another page: servers that filter tags by permission send empty pages.
	mostBarren = 20

	longList = 10_000 // a list with more tags is long
	mostLong = 4      // long lists in memory at once
)

// Versions lists the tags of a repository ("docker.io/library/python").
func (r *Registry) Versions(ctx context.Context, repository string) (ecosystems.Listing, error) {
	repo, err := r.repository(repository)
	if err != nil {
		return ecosystems.Listing{}, wrap("list tags of", repository, nil, err)
	}
	l := tagList{r: r, repo: repo, seen: map[string]struct{}{}, release: func() {}}
	defer func() { l.release() }()
	if err := l.read(ctx); err != nil {
		return ecosystems.Listing{}, wrap("list tags of", repository, repo, err)
	}
	return l.listing(), nil
}

// tagText is the grammar of tags (OCI distribution specification, "Pulling manifests").
var tagText = lazyregexp.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// attached matches the tags of artifacts that belong to another image, such as
// signatures (the specification's "referrers tag schema", and cosign's tags).
var attached = lazyregexp.New(`^sha(256|512)-[0-9a-f]{64,}(\.[a-z0-9]+)?$`)

// A tagList is a list of tags while it is read.
type tagList struct {
	r       *Registry
	repo    *repository
	tags    []string
	seen    map[string]struct{}
	bytes   int    // of the names in seen
	long    bool   // it has acquired a slot for long lists
	release func() // releases the slot
}

// listing parses the tags. Most have the same few tracks, and long lists must
// fit in memory.
func (l *tagList) listing() ecosystems.Listing {
	list := make([]version.Candidate, 0, len(l.tags))
	reader := dockertag.NewReader(l.tags)
	for _, tag := range l.tags {
		list = append(list, version.Candidate{Version: reader.Parse(tag)})
	}
	return ecosystems.Listing{Candidates: version.Compact(list), Read: reader.Parse}
}

// read reads all pages.
func (l *tagList) read(ctx context.Context) error {
	walk := pages{asked: map[string]bool{}}
	query := url.Values{"n": {strconv.Itoa(pageSize)}}.Encode()
	for query != "" {
		address := l.repo.at("tags", "list") + "?" + query
		p, err := l.r.page(ctx, l.repo, address)
		if err != nil {
			return err
		}
		before := len(l.seen)
		if err := l.add(ctx, p.tags, address); err != nil {
			return err
		}
		query = walk.next(query, p, len(l.seen) > before)
		if query != "" && walk.endless(len(l.seen)) {
			return tooMany(address, "pages of tags without end: %d with %d tags on them", len(walk.asked), len(l.seen))
		}
	}
	return nil
}

// add adds the tags of a page that are new.
func (l *tagList) add(ctx context.Context, page []string, address string) error {
	for _, tag := range page {
		if _, ok := l.seen[tag]; ok {
			continue
		}
		l.seen[tag] = struct{}{}
		// seen also holds the names that are no tags, so they count, too.
		if l.bytes += len(tag); l.bytes > tagsBytes || len(l.seen) > mostTags {
			return tooMany(address, "more than %d tags, or more than %d bytes of them", mostTags, tagsBytes)
		}
		if tagText.MatchString(tag) && !attached.MatchString(tag) {
			l.tags = append(l.tags, tag)
		}
	}
	if l.long || len(l.seen) <= longList {
		return nil
	}
	release, err := l.r.long.Acquire(ctx)
	if err == nil {
		l.long, l.release = true, release
	}
	return err
}

// pages is the state of reading the pages of one list.
type pages struct {
	asked  map[string]bool // the queries of all pages so far
	barren int             // pages in a row without a new tag
	linked bool            // the last page had a link
}

// next returns the query of the page after p, "" for none. news says whether p
// had any new tag.
func (w *pages) next(query string, p page, news bool) string {
	w.asked[query] = true
	if w.barren++; news {
		w.barren = 0
	}
	// A page without a link after pages with links is the last one, even if it is full.
	behindLinks := p.guessed && w.linked
	w.linked = !p.guessed
	if behindLinks || w.asked[p.next] || p.guessed && !news {
		return ""
	}
	return p.next
}

// endless reports whether the pages have too few tags for a real list.
func (w *pages) endless(tags int) bool {
	n := len(w.asked)
	return n >= mostPages || w.barren >= mostBarren || n > freePages && tags < (n-freePages)*leastTags
}

func tooMany(address, format string, args ...any) error {
	return fail(fetch.TooLarge, address, fmt.Errorf(format, args...))
}

// A page is a part of a list of tags.
type page struct {
	tags    []string
	next    string // the query of the next page; "" for the last one
	guessed bool   // next is a guess, because the page is full and has no link
}

func (r *Registry) page(ctx context.Context, repo *repository, address string) (page, error) {
	var checked *[]string // the result of Check, so that large pages are parsed once
	res, err := r.get(ctx, repo, fetch.Request{
		URL: address, Accept: "application/json", Limit: pageBytes,
		Check: func(body []byte, _ http.Header) error {
			tags, err := parseTags(body)
			checked = &tags
			return err
		},
	})
	if err != nil {
		return page{}, err
	}
	if checked == nil {
		tags, err := parseTags(res.Body)
		if err != nil {
			return page{}, fail(fetch.BadAnswer, address, err)
		}
		checked = &tags
	}
	tags := *checked
	next, err := answer.NextPage(address, res.Header, func(path string) bool { return strings.HasSuffix(path, "/tags/list") })
	if err != nil {
		return page{}, fail(fetch.BadAnswer, address, err)
	}
	if next == "" && len(tags) == pageSize {
		// Some servers truncate a full page and send no link.
		next = url.Values{"n": {strconv.Itoa(pageSize)}, "last": {tags[len(tags)-1]}}.Encode()
		return page{tags, next, true}, nil
	}
	return page{tags, next, false}, nil
}

// parseTags parses a list of tags. It stops with an error if there are too many.
func parseTags(body []byte) ([]string, error) {
	var list struct {
		Tags *tagNames `json:"tags"` // null for a repository without any
		Name *string   `json:"name"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		var e *fetch.Error
		if errors.As(err, &e) {
			return nil, e
		}
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

// tagNames are the tags of one page.
type tagNames []string

// UnmarshalJSON decodes an array element by element, so that it can stop at the limit.
func (t *tagNames) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return errors.New("tags is not an array")
	}
	*t = tagNames{}
	for d.More() {
		word, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := word.(string)
		if !ok && word != nil {
			return errors.New("a tag is not a text")
		}
		if len(*t) == mostTags {
			return &fetch.Error{Code: fetch.TooLarge, Err: fmt.Errorf("more than %d tags", mostTags)}
		}
		*t = append(*t, name)
	}
	return nil
}

// whatIsIt describes an answer that is not the expected JSON.
func whatIsIt(body []byte, err error) string {
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	switch {
	case text == "":
		return "the answer is empty"
	case strings.HasPrefix(text, "<"):
		return "the answer is a web page"
	}
	return answer.OneLine(err.Error())
}
