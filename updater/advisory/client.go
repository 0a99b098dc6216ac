package advisory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// batchSize is the largest number of queries in one request.
//
// See https://google.github.io/osv.dev/post-v1-querybatch/
const batchSize = 1000

// maxBatch limits the answer to a batch, in bytes.
const maxBatch = 64 << 20

// maxPages limits the pages of answers to one batch.
const maxPages = 50

// A Client queries a service with OSV's API: one request for each thousand
// packages, and one for each advisory that is new or changed.
type Client struct {
	http *fetch.Client
	base string
}

// NewClient returns a client of the service at an address such as https://api.osv.dev.
func NewClient(http *fetch.Client, base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("advisories: %q is no http(s) address without a login", fetch.Redact(base))
	}
	return &Client{http, strings.TrimSuffix(base, "/")}, nil
}

// A query is one query of a batch, in JSON.
type query struct {
	Package Package `json:"package"`
	Version string  `json:"version"`
	Page    string  `json:"page_token,omitempty"`
}

// A batch is the answer to a batch of queries, in JSON.
type batch struct {
	Results []struct {
		Vulns []name `json:"vulns"`
		Next  string `json:"next_page_token"`
	} `json:"results"`
}

// A name identifies an advisory in the answer to a batch.
type name struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

// Name implements Source.
func (c *Client) Name() string { return c.base }

// Find implements Source. It never sends private packages.
func (c *Client) Find(ctx context.Context, questions []Question) ([][]*Record, error) {
	var public []int
	for n, q := range questions {
		if !q.Private {
			public = append(public, n)
		}
	}
	names := make([][]name, len(questions))
	for part := range slices.Chunk(public, batchSize) {
		if err := c.ask(ctx, part, questions, names); err != nil {
			return nil, err
		}
	}
	records, err := c.records(ctx, names)
	if err != nil {
		return nil, err
	}
	found := make([][]*Record, len(questions))
	for n, list := range names {
		for _, one := range list {
			found[n] = append(found[n], records[one.ID])
		}
		found[n] = inOrder(found[n])
	}
	return found, nil
}

// ask sends a batch and requests further pages of its answers. at has the
// indexes of the queries in questions and names.
func (c *Client) ask(ctx context.Context, at []int, questions []Question, names [][]name) error {
	queries := make([]query, len(at))
	for n, place := range at {
		queries[n] = query{questions[place].Package, questions[place].Version, ""}
	}
	for page := 0; len(queries) > 0; page++ {
		if page == maxPages {
			return fmt.Errorf("advisories: %s: the answer does not end after %d pages", c.base, maxPages)
		}
		answer, err := c.batch(ctx, queries)
		if err != nil {
			return err
		}
		var more []query
		var moreAt []int
		for n, r := range answer.Results {
			names[at[n]] = append(names[at[n]], r.Vulns...)
			if r.Next != "" {
				q := queries[n]
				q.Page = r.Next
				// Each query has pages of its own, so only those with a further page are sent
				// again.
				more, moreAt = append(more, q), append(moreAt, at[n])
			}
		}
		queries, at = more, moreAt
	}
	return nil
}

func (c *Client) batch(ctx context.Context, queries []query) (*batch, error) {
	body, err := json.Marshal(map[string]any{"queries": queries})
	if err != nil {
		return nil, err
	}
	check := func(data []byte, _ http.Header) error {
		_, err := parseBatch(data, len(queries))
		return err
	}
	res, err := c.http.Get(ctx, fetch.Request{URL: c.base + "/v1/querybatch", Body: body, Accept: "application/json", Limit: maxBatch, Check: check})
	if err != nil {
		return nil, fmt.Errorf("advisories: %w", err)
	}
	return parseBatch(res.Body, len(queries))
}

// parseBatch parses the answer to n queries.
func parseBatch(data []byte, n int) (*batch, error) {
	var b batch
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, fmt.Errorf("not an answer of OSV: %w", err)
	}
	if len(b.Results) != n {
		return nil, fmt.Errorf("%d answers to %d questions", len(b.Results), n)
	}
	return &b, nil
}

// readers is how many advisories are requested at once.
const readers = 8

// records requests each named advisory once. The time of its last change is part
// of the address, so a cached answer is never out of date.
func (c *Client) records(ctx context.Context, names [][]name) (map[string]*Record, error) {
	newest := map[string]name{}
	for _, list := range names {
		for _, one := range list {
			// The ID becomes a part of an address.
			if !validID(one.ID) {
				return nil, fmt.Errorf("advisories: %s: %.40q is no id of an advisory", c.base, one.ID)
			}
			newest[one.ID] = one
		}
	}
	records := make(map[string]*Record, len(newest))
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for id, one := range newest {
		g.Go(func() error {
			r, err := c.record(ctx, one)
			if err != nil {
				return fmt.Errorf("advisories: %s: %w", id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			records[id] = r
			return nil
		})
	}
	return records, g.Wait()
}

func (c *Client) record(ctx context.Context, one name) (*Record, error) {
	address := c.base + "/v1/vulns/" + url.PathEscape(one.ID)
	if !one.Modified.IsZero() {
		address += "?modified=" + url.QueryEscape(one.Modified.UTC().Format(time.RFC3339Nano))
	}
	res, err := c.http.Get(ctx, fetch.Request{
		URL: address, Accept: "application/json", Limit: maxRecord, Forever: !one.Modified.IsZero(),
		Check: func(data []byte, _ http.Header) error {
			r, err := Parse(data)
			if err == nil && r.ID != one.ID {
				err = fmt.Errorf("the answer is about %s", r.ID)
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return Parse(res.Body)
}

// inOrder returns the records sorted by ID, without duplicates.
func inOrder(list []*Record) []*Record {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b *Record) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(sorted, func(a, b *Record) bool { return a.ID == b.ID })
}
