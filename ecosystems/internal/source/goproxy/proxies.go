package goproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// A proxy is one entry of GOPROXY.
type proxy struct {
	base     *url.URL // nil for direct and off
	word     string   // "direct" or "off"; else ""
	onFailed bool     // "|" follows: try the next proxy after any error, not only after "not found"
}

// parseProxies parses GOPROXY.
func parseProxies(text string) ([]proxy, error) {
	var list []proxy
	for _, e := range goenv.Proxies(text) {
		if e.Word() {
			return append(list, proxy{word: e.Text}), nil
		}
		base, err := parseProxy(e.Text)
		if err != nil {
			return nil, err
		}
		list = append(list, proxy{base: base, onFailed: e.OnFailed})
	}
	if len(list) == 0 {
		return nil, errors.New("GOPROXY names no proxy")
	}
	return list, nil
}

func parseProxy(entry string) (*url.URL, error) {
	base, err := goenv.Address(entry)
	if err != nil {
		return nil, errors.New("GOPROXY has an entry that is no URL") // without its text, which may contain a password
	}
	switch base.Scheme {
	case "https", "http":
		if base.Host != "" {
			return base, nil
		}
	case "file":
		if *base == (url.URL{Scheme: "file", Path: base.Path, RawPath: base.RawPath}) {
			return base, nil
		}
	}
	return nil, fmt.Errorf("GOPROXY has an entry that is neither an https, http nor file URL: %s", fetch.Plain(base))
}

// documentBytes is the size limit of an answer. Real lists and go.mod files are hundreds of times smaller.
const documentBytes = 4 << 20

// A document is one document of a module on a proxy.
type document struct {
	file    string        // "@v/list", "@latest", "@v/v1.2.3.mod"
	forever bool          // it never changes
	absent  time.Duration // how long to cache its absence; 0 means as long as other answers
	check   checkFunc
}

// A checkFunc returns an error for an answer that is not the document.
type checkFunc = func(body []byte, h http.Header) error

// get requests one document from the proxies, in their order.
func (s *Source) get(ctx context.Context, path string, d document) (body []byte, err error) {
	err = s.each(ctx, path, func(p proxy) error {
		body, err = s.ask(ctx, p, path, d)
		return err
	})
	return body, err
}

// each calls try for the proxies of a module in their order. With "," it continues
// only after "not found", with "|" after any error. It returns a failure in
// preference to "not found", because a failure says more.
func (s *Source) each(ctx context.Context, path string, try func(proxy) error) error {
	proxies, err := s.settings(ctx, path)
	if err != nil {
		return err
	}
	var worst error
	for _, p := range proxies {
		if p.word == "off" || p.word == "direct" && s.direct == nil {
			return refuse(p.word, worst)
		}
		err := try(p)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if worst == nil || fetch.Code(worst) == fetch.NotFound && !missing(err) {
			worst = err
		}
		if !p.onFailed && !missing(err) {
			break
		}
	}
	return worst
}

// Private reports whether GONOPROXY or GOPRIVATE match a module. It returns true if the settings cannot be read.
func (s *Source) Private(ctx context.Context, path string) bool {
	_, err := s.settings(ctx, path)
	s.mu.Lock()
	defer s.mu.Unlock()
	// Private modules are refused with an error too, but after the settings are read.
	return !s.ready && err != nil || module.MatchPrefixPatterns(s.private, path)
}

// settings returns the proxies for a module.
func (s *Source) settings(ctx context.Context, path string) ([]proxy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		text, private, err := s.env(ctx)
		if err != nil {
			return nil, err
		}
		if s.proxies, err = parseProxies(text); err != nil {
			return nil, &refusal{text: err.Error()}
		}
		s.private, s.ready = private, true
	}
	if module.MatchPrefixPatterns(s.private, path) {
		if s.direct != nil {
			return []proxy{{word: "direct"}}, nil
		}
		return nil, &refusal{text: path + " is private (GONOPROXY, GOPRIVATE): no proxy is asked, and version control only where the operator allows it (FRESHPIN_ALLOW_DIRECT)"}
	}
	return s.proxies, nil
}

// ask requests one document from one proxy or from version control.
func (s *Source) ask(ctx context.Context, p proxy, path string, d document) ([]byte, error) {
	if p.word == "direct" {
		return s.askDirect(ctx, path, d)
	}
	escaped, err := module.EscapePath(path)
	if err != nil {
		return nil, &refusal{text: err.Error(), code: ecosystems.Malformed}
	}
	// Like the go command, it escapes everything but slashes: "!" becomes %21.
	u := *p.base
	u.RawPath = strings.TrimSuffix(u.EscapedPath(), "/") + "/" + strings.ReplaceAll(url.PathEscape(escaped+"/"+d.file), "%2F", "/")
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + escaped + "/" + d.file
	if u.Scheme == "file" {
		return readLocal(&u, d)
	}
	res, err := s.http.Get(ctx, fetch.Request{URL: u.String(), Limit: documentBytes, Forever: d.forever, Absent: d.absent, Check: d.check})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// readLocal reads a document from a proxy that is a folder.
func readLocal(u *url.URL, d document) ([]byte, error) {
	body, err := os.ReadFile(filepath.FromSlash(u.Path))
	code := fetch.Unreachable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = fetch.NotFound
	case err == nil && d.check != nil:
		code, err = fetch.BadAnswer, d.check(body, nil)
	}
	if err != nil {
		return nil, &fetch.Error{Code: code, Method: http.MethodGet, URL: u.String(), Err: err}
	}
	return body, nil
}

// A refusal is the error for a request that is not allowed. It has no address.
type refusal struct {
	text  string
	code  string // "" means fetch.Refused
	cause error  // error of the preceding proxies; nil for none
}

// Error returns the reason.
func (r *refusal) Error() string { return r.text }

// Unwrap returns an error with the code for fetch.Code.
func (r *refusal) Unwrap() error {
	return &fetch.Error{Code: cmp.Or(r.code, fetch.Refused), Err: r.cause}
}

// refuse returns the error for the end of the list.
func refuse(word string, before error) error {
	text := "GOPROXY is " + word
	if before != nil {
		text = fmt.Sprintf("%v, and GOPROXY goes on with %s", before, word)
	}
	if word == "direct" {
		text += ", which is not followed unless the operator allows it (FRESHPIN_ALLOW_DIRECT)"
	}
	return &refusal{text: text, cause: before}
}

// missing reports whether an error means only that the proxies do not have the document.
func missing(err error) bool {
	var e *fetch.Error
	for errors.As(err, &e) { // a refusal wraps the error of the proxies before it
		if e.Code == fetch.NotFound {
			return true
		}
		err = e.Err
	}
	return false
}
