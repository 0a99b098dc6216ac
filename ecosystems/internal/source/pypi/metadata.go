package pypi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Limits on the metadata of one release.
const (
	maxMetadata = 4 << 20 // bytes; includes long descriptions
	maxFields   = 20_000  // lines of the header
	maxValue    = 8 << 10 // bytes of a folded value
)

// Metadata are the fields of a release that this program uses ("Core metadata
// specifications"). All of it is untrusted text.
type Metadata struct {
	Name           string   // as written
	Version        string   // as written
	RequiresPython string   // ">=3.8"; "" for all
	RequiresDist   []string // requirements of PEP 508, as written
	Extras         []string // provided by the release, normalised by PEP 685
	URLs           []URL    // Project-URL, and Home-page with the label "Homepage"
}

// A URL is an address of a project and its label.
type URL struct{ Label, Address string }

// ErrNoMetadata means that the index does not publish the metadata of a release as a separate file.
var ErrNoMetadata = errors.New("the index has no metadata of it beside its files")

// Metadata downloads the metadata of a release of a project. It caches them,
// since they never change. It returns an error if they do not have the hash in the
// index, or are about another release.
func (s *Source) Metadata(ctx context.Context, name string, r Release) (Metadata, error) {
	if r.meta.url == "" {
		return Metadata{}, ErrNoMetadata
	}
	address, err := s.metadataAddress(r)
	if err != nil {
		return Metadata{}, err
	}
	genuine := func(body []byte, _ http.Header) error { return r.meta.check(body) }
	res, err := s.client.Get(ctx, fetch.Request{URL: address, Limit: maxMetadata, Forever: true, Check: genuine})
	if err != nil {
		return Metadata{}, err
	}
	m, err := parseMetadata(res.Body)
	if err = cmp.Or(r.meta.check(res.Body), err, m.of(name, r.metadataVersion())); err != nil { // checks the hash again, because the cache may be older than the index
		return Metadata{}, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: redact(r.meta.url), Err: err}
	}
	return m, nil
}

// metadataAddress returns the address of the metadata, with the login of the index if both have the same host.
func (s *Source) metadataAddress(r Release) (string, error) {
	base, berr := url.Parse(r.index)
	u, err := url.Parse(r.meta.url)
	switch {
	case err != nil || berr != nil:
		return "", errors.New("the address of the metadata is none")
	case base.Scheme == "https" && u.Scheme != "https": // they could be changed on the way
		return "", errors.New("the metadata lie on a host without encryption")
	case base.Scheme == u.Scheme && strings.EqualFold(base.Host, u.Host):
		return s.withLogin(r.index, r.meta.url), nil
	}
	return r.meta.url, nil
}

func (d description) check(body []byte) error {
	sum := sha256.Sum256(body)
	if d.sha256 != "" && !strings.EqualFold(d.sha256, hex.EncodeToString(sum[:])) {
		return errors.New("the metadata do not have the hash that the index names")
	}
	return nil
}

// of returns an error unless the metadata are about that release.
func (m Metadata) of(name string, v version.Version) error {
	w, ok := pep440.Parse(m.Version)
	if Normal(m.Name) != name || !ok || version.Compare(v, w) != 0 {
		return fmt.Errorf("the metadata are those of %.80q %.80q", m.Name, m.Version)
	}
	return nil
}

// parseMetadata parses the header of a METADATA file up to the first empty line:
// e-mail fields, whose continuation lines begin with space. The description
// follows it.
func parseMetadata(body []byte) (Metadata, error) {
	var m Metadata
	var field, value string
	n := 0
	for l := range strings.Lines(string(body)) {
		l = strings.TrimRight(l, "\r\n")
		if n++; n > maxFields {
			return Metadata{}, fmt.Errorf("the metadata have more than %d lines", maxFields)
		}
		if strings.TrimSpace(l) == "" && !strings.HasPrefix(l, " ") {
			break
		}
		if l[0] == ' ' || l[0] == '\t' {
			if len(value) < maxValue { // appending without a limit would take quadratic time
				value += " " + strings.TrimSpace(l)
			}
			continue
		}
		m.set(field, value)
		var ok bool
		if field, value, ok = strings.Cut(l, ":"); !ok {
			return Metadata{}, errors.New("not metadata: a line has no field")
		}
	}
	m.set(field, value)
	if m.Name == "" || m.Version == "" {
		return Metadata{}, errors.New("not metadata: no name or no version")
	}
	return m, nil
}

// set stores one field. If a single field is repeated, the first one is used.
func (m *Metadata) set(field, value string) {
	value = strings.Clone(strings.TrimSpace(value)) // does not keep the whole answer in memory
	switch strings.ToLower(strings.TrimSpace(field)) {
	case "name":
		m.Name = cmp.Or(m.Name, value)
	case "version":
		m.Version = cmp.Or(m.Version, value)
	case "requires-python":
		m.RequiresPython = cmp.Or(m.RequiresPython, value)
	case "requires-dist":
		m.RequiresDist = append(m.RequiresDist, value)
	case "provides-extra":
		m.Extras = append(m.Extras, Normal(value))
	case "home-page":
		m.URLs = append(m.URLs, URL{"Homepage", value})
	case "project-url":
		if label, address, ok := strings.Cut(value, ","); ok {
			m.URLs = append(m.URLs, URL{strings.TrimSpace(label), strings.TrimSpace(address)})
		}
	}
}
