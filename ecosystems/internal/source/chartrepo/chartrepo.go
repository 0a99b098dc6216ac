// Package chartrepo lists the versions of a Helm chart in a chart repository. It
// reads one index.yaml for each repository
// (https://helm.sh/docs/topics/chart_repository/#the-index-file).
package chartrepo

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const (
	maxIndex    = 32 << 20 // bytes of an index; Bitnami's, long the largest, had 20 MB
	maxVersions = 20_000   // of one chart
)

// A Source queries chart repositories. It is safe for concurrent use.
type Source struct {
	http *fetch.Client
}

// New returns a source that uses client for its requests.
func New(client *fetch.Client) *Source { return &Source{client} }

// A release is one entry of an index.
type release struct {
	Version    string `yaml:"version"`
	Created    string `yaml:"created"`
	Deprecated bool   `yaml:"deprecated"`
}

// Versions returns the versions of chart in repository, an http(s) URL. Its
// errors are those of package fetch.
func (s *Source) Versions(ctx context.Context, repository, chart string) (ecosystems.Listing, error) {
	address := strings.TrimSuffix(repository, "/") + "/index.yaml"
	res, err := s.http.Get(ctx, fetch.Request{URL: address, Limit: maxIndex})
	if err != nil {
		return ecosystems.Listing{}, fmt.Errorf("list versions of %s: %w", chart, err)
	}
	releases, err := entries(res.Body, chart)
	if err != nil {
		return ecosystems.Listing{}, fmt.Errorf("list versions of %s: GET %s: %w", chart, address, err)
	}
	if len(releases) == 0 {
		return ecosystems.Listing{}, &fetch.Error{Code: fetch.NotFound, Method: http.MethodGet, URL: address, Err: fmt.Errorf("the index has no chart %s", chart)}
	}
	return listing(releases), nil
}

// entries returns the entries of one chart. It parses only the lines of that
// chart as YAML, since an index has thousands of charts.
func entries(index []byte, chart string) (list []release, err error) {
	defer func() {
		// yaml.v3 can panic on malformed documents.
		if p := recover(); p != nil {
			list, err = nil, fmt.Errorf("not readable as an index: %v", p)
		}
	}()
	var part struct {
		Entries map[string][]release `yaml:"entries"`
	}
	text := only(index, chart)
	if err := yaml.Unmarshal(text, &part); err != nil {
		return nil, fmt.Errorf("not readable as an index: %w", err)
	}
	return part.Entries[chart], nil
}

// only returns the part of an index about one chart, provided the index is laid
// out as Helm writes it, with all keys of entries at one indentation. Otherwise it
// returns the whole index.
func only(index []byte, chart string) []byte {
	var part []byte
	inside, width := false, -1 // width is the indentation of the names of charts
	for line := range bytes.Lines(index) {
		text := bytes.TrimLeft(line, " ")
		indent, blank := len(line)-len(text), len(bytes.TrimSpace(text)) == 0
		switch {
		case !inside:
			inside = bytes.HasPrefix(line, []byte("entries:"))
			continue
		case width < 0 && !blank:
			width = indent
		}
		if width == 0 {
			return index
		}
		// Helm does not indent the items of a list further than its key.
		if !blank && (indent == 0 || indent == width && text[0] != '-') {
			if part != nil {
				break
			}
			if indent == width && bytes.HasPrefix(text, []byte(chart+":")) {
				part = []byte("entries:\n")
			}
		}
		if part != nil {
			part = append(part, line...)
		}
	}
	if part == nil {
		return index
	}
	return part
}

func listing(releases []release) ecosystems.Listing {
	var l ecosystems.Listing
	for n, r := range releases {
		if n >= maxVersions {
			break
		}
		c := version.Candidate{Version: dockertag.Parse(r.Version)}
		if t, err := time.Parse(time.RFC3339Nano, r.Created); err == nil {
			c.Published = t
		}
		if r.Version != "" && !c.Version.IsName() {
			l.Candidates = append(l.Candidates, c)
		}
	}
	l.Candidates = version.Compact(l.Candidates)
	// Helm sorts the newest version first, and deprecates a chart by a last version.
	if len(releases) > 0 && releases[0].Deprecated {
		l.Notes = append(l.Notes, ecosystems.Note{Code: ecosystems.Deprecated, Text: "the chart is deprecated"})
	}
	return l
}
