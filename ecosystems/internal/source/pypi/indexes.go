package pypi

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Default is the index that is used if none is configured.
const Default = "https://pypi.org/simple"

// linksPrefix marks the address of a page of links (pip's --find-links) in a key.
const linksPrefix = "links:"

// Indexes are the indexes that the operator has configured. The zero value is pypi.org alone.
type Indexes struct {
	First []string // queried before Main, as uv does with UV_INDEX
	Main  string   // "" means Default
	Extra []string // queried after Main, in this order
}

// IndexesFromEnv reads the variables of pip and uv: Main from PIP_INDEX_URL,
// UV_DEFAULT_INDEX or UV_INDEX_URL; First from UV_INDEX; Extra from
// PIP_EXTRA_INDEX_URL and UV_EXTRA_INDEX_URL.
func IndexesFromEnv(getenv func(string) string) Indexes {
	var in Indexes
	for _, name := range []string{"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"} {
		in.Main = cmp.Or(in.Main, unnamed(strings.TrimSpace(getenv(name))))
	}
	for _, text := range strings.Fields(getenv("UV_INDEX")) {
		in.First = append(in.First, unnamed(text))
	}
	for _, name := range []string{"PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL"} {
		in.Extra = append(in.Extra, strings.Fields(getenv(name))...)
	}
	return in
}

// unnamed removes uv's "name=" from an index.
func unnamed(text string) string {
	if name, address, ok := strings.Cut(text, "="); ok && !strings.ContainsAny(name, ":/") {
		return address
	}
	return text
}

func (in Indexes) list() []string {
	return slices.Concat(in.First, []string{cmp.Or(in.Main, Default)}, in.Extra)
}

// An Index is one index to query, as a file or the operator wrote it, including credentials.
type Index struct {
	URL   string
	Links bool // a page of links (--find-links), not an index
}

// Defaults returns the indexes that the operator has configured.
func (s *Source) Defaults() []Index { return slices.Clone(s.defaults) }

// Key returns a list of indexes in the form that Releases accepts: one address on
// each line, without credentials. The source remembers the credentials.
func (s *Source) Key(list []Index) string {
	lines := make([]string, len(list))
	for i, index := range list {
		if lines[i] = s.mask(index.URL); index.Links {
			lines[i] = linksPrefix + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// mask returns an address without secrets, and remembers its login. Two logins
// for one address get two names, so that they never share an answer.
func (s *Source) mask(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return redact(text) // Allows refuses it
	}
	login := u.User
	u.User, u.Fragment, u.RawFragment, u.RawQuery = nil, "", "", "" // a query can contain a secret, too
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	if login == nil {
		login = s.defaultLogin(u.String())
	}
	if login == nil {
		return u.String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := 1; ; n++ {
		// The fragment is free for a name: it is removed before a request.
		u.Fragment = fmt.Sprintf("login-%d", n)
		switch known := s.logins[u.String()]; {
		case known == nil:
			s.logins[u.String()] = login
			return u.String()
		case known.String() == login.String():
			return u.String()
		}
	}
}

// defaultLogin returns the operator's login if a file names exactly the address of the operator's index.
func (s *Source) defaultLogin(plain string) *url.Userinfo {
	for _, d := range s.defaults {
		u, err := url.Parse(d.URL)
		if err != nil || u.User == nil {
			continue
		}
		login := u.User
		u.User, u.Fragment = nil, ""
		if strings.TrimRight(u.String(), "/") == plain {
			return login
		}
	}
	return nil
}

// withLogin adds the login of an index to an address below it.
func (s *Source) withLogin(base, address string) string {
	s.mu.Lock()
	login := s.logins[base]
	s.mu.Unlock()
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User, u.Fragment = login, ""
	return u.String()
}

// Allows reports whether the operator allows an index, and returns its host for the message.
func (s *Source) Allows(address string) (host string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return redact(address), false
	}
	host = strings.ToLower(u.Host)
	return host, s.own[host] || s.allowed != nil && s.allowed(host)
}

// redact returns an address without parts that may be secret; "an address that is
// none" if the address cannot be parsed.
func redact(address string) string {
	text, _, _ := strings.Cut(fetch.Redact(address), "?") // any parameter may be a secret
	if text == fetch.Malformed {
		return "an address that is none"
	}
	return text
}
