package notes

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const (
	publicAPI  = "https://api.github.com"
	publicHost = "github.com"
)

// A site is a host of repositories and its API.
type site struct {
	host, api string
	account   string // whose rate limit it has
	o         Options
	token     func(ctx context.Context) (string, error)
}

func newSites(o Options) []site {
	host := cmp.Or(strings.ToLower(o.Host), codehost.SiteHost(o.API))
	sites := []site{{host: host, api: strings.TrimSuffix(o.API, "/"), account: "github/", o: o, token: o.Token}}
	if host != publicHost {
		sites = append(sites, site{host: publicHost, api: publicAPI, account: "github/public", o: o})
	}
	return sites
}

// A release is the API's document with parsed fields.
type release struct {
	Tag       string    `json:"tag_name"`
	Name      string    `json:"name"`
	Body      string    `json:"body"`
	Draft     bool      `json:"draft"`
	Pre       bool      `json:"prerelease"`
	Published time.Time `json:"published_at"`

	version string
}

// out returns the exported form of a release, without the body.
func (r release) out(p location) Release {
	title := cmp.Or(line(r.Name, maxTitle), r.Tag)
	return Release{Tag: r.Tag, Title: title, URL: p.Release(r.Tag), Published: version.Date(r.Published), Pre: r.Pre}
}

// releases reads pages until the last one, or until no more releases can be in the window.
func (s site) releases(ctx context.Context, p location, w window) ([]release, error) {
	via, identity, err := s.login(ctx)
	if err != nil {
		return nil, err
	}
	var all []release
	for page := 1; page <= maxPages; page++ {
		address := fmt.Sprintf("%s/repos/%s/releases?per_page=100", s.api, p.Path())
		if page > 1 {
			address += "&page=" + strconv.Itoa(page)
		}
		res, err := s.o.HTTP.Get(ctx, fetch.Request{
			URL: address, Accept: "application/vnd.github+json", Header: map[string]string{"X-GitHub-Api-Version": "2022-11-28"}, Via: via, Identity: identity, Check: check,
		})
		if err != nil {
			return nil, err
		}
		list, err := decode(res.Body)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if !hasNext(res.Header) || w.complete(list) {
			break
		}
	}
	return all, nil
}

func check(body []byte, _ http.Header) error {
	_, err := decode(body)
	return err
}

// maxTag is the length limit of a tag, in bytes.
const maxTag = 200

// decode parses a page, without drafts and invalid tags.
func decode(body []byte) ([]release, error) {
	var list, kept []release
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("not a list of releases")
	}
	for _, r := range list {
		// The tag becomes a part of addresses and texts, so it is dropped and not shortened.
		if !r.Draft && r.Tag != "" && r.Tag == line(r.Tag, maxTag) {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// hasNext reports whether there is another page (GitHub REST docs, "Using link
// headers").
func hasNext(h http.Header) bool {
	for _, value := range h.Values("Link") {
		if strings.Contains(value, `rel="next"`) {
			return true
		}
	}
	return false
}

// login returns the transport for requests and its identity.
func (s site) login(ctx context.Context) (via http.RoundTripper, identity string, err error) {
	token := ""
	if s.token != nil {
		if token, err = s.token(ctx); err != nil {
			return nil, "", err
		}
	}
	// Without a token, all repositories share the answers that anyone may read.
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		identity = cmp.Or(s.o.Identity, hex.EncodeToString(sum[:]))
	}
	api, err := url.Parse(s.api)
	if err != nil {
		return nil, "", errors.New("the address of the API is none")
	}
	return fetch.Bearer{Via: s.o.HTTP.Transport(), Server: api.Scheme + "://" + api.Host, Token: token, Account: s.account}, identity, nil
}
