package gocommand

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/confine"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// A gateway is the only network access of the go command: a server on loopback, in
// this process, that forwards requests to the operator's module proxies and
// checksum database and to no other host. The go command does not see their
// logins, and the rules of package fetch apply to every host and redirect. Private
// modules are not requested, nor the locations of their repositories (?go-get=1).
//
// A forwarding proxy (CONNECT) would not be enough: module proxies redirect to
// storage hosts, which it would have to allow without knowing the reason.
type gateway struct {
	http    *http.Client
	secret  string // keeps other users of the machine out
	base    string // "http://127.0.0.1:41234/SECRET"
	proxies []*url.URL
	private string                                  // GONOPROXY
	login   func(host string) (u, p string, _ bool) // for a host; nil for none

	sumName string // "sum.golang.org"
	sumURL  *url.URL
	sumOnce sync.Once
	sumErr  error
}

// open starts a gateway for one run, and returns the environment variables that make
// the go command use it. closes stops it.
func (t *Tool) open(ctx context.Context, s settings) (d *gateway, env []string, closes func(), err error) {
	d = &gateway{http: fetch.Follow(t.o.Via), secret: rand.Text(), private: cmp.Or(s.env["GONOPROXY"], s.env["GOPRIVATE"])}
	if file := netrc(t.o.Getenv); file != "" && !t.o.Strict {
		if d.login, err = fetch.Netrc(file); err != nil {
			return nil, nil, nil, err
		}
	}
	closes, err = confine.Loopback(ctx, func(address string) http.Handler {
		env = d.at("http://"+address, s)
		return d
	}, t.o.Limit)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open a way to the module proxies: %w", err)
	}
	return d, env, closes, nil
}

// at prepares the gateway for requests at its address, and returns the environment
// variables that lead the go command there.
func (d *gateway) at(here string, s settings) []string {
	d.base = here + "/" + d.secret
	env := []string{"GOPROXY=" + d.lead(indirect(s.env["GOPROXY"])), "GONOPROXY=none", "GOSUMDB=" + d.leadSums(s.env["GOSUMDB"])}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env = append(env, name+"="+here, strings.ToLower(name)+"="+here)
	}
	return append(env, "NO_PROXY=", "no_proxy=")
}

// lead returns a GOPROXY in which every proxy is replaced by the gateway. Folders (file:) stay.
func (d *gateway) lead(entries []goenv.Entry) string {
	for n, e := range entries {
		if !strings.HasPrefix(e.Text, "file:") {
			d.proxies = append(d.proxies, upstream(e.Text))
			entries[n].Text = d.base + "/" + strconv.Itoa(len(d.proxies)-1)
		}
	}
	return goenv.Join(entries)
}

// upstream parses the address of a proxy; nil if it is invalid.
func upstream(entry string) *url.URL {
	u, err := goenv.Address(entry)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return u
}

// leadSums returns a GOSUMDB with the gateway as the address and the key unchanged.
func (d *gateway) leadSums(text string) string {
	if text == "sum.golang.google.cn" { // an alias in the go command
		text = "sum.golang.org https://sum.golang.google.cn"
	}
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 2 || text == "off" {
		return text
	}
	if len(fields) == 2 {
		if d.sumURL = upstream(fields[1]); d.sumURL == nil {
			return "malformed" // makes the go command report it
		}
	}
	d.sumName, _, _ = strings.Cut(fields[0], "+")
	return fields[0] + " " + d.base + "/sums"
}

// ServeHTTP serves a proxy ("/SECRET/0/MODULE/@v/list") and the checksum database
// ("/SECRET/sums/latest"), and refuses all other requests.
func (d *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/") // the go command escapes "!" as %21
	if r.Method != http.MethodGet || r.URL.Host != "" || r.URL.RawQuery != "" || subtle.ConstantTimeCompare([]byte(asked), []byte(d.secret)) != 1 || path.Clean("/"+rest) != "/"+rest {
		http.Error(w, "this proxy serves only GET requests below the address in the GOPROXY of the go command that freshpin started", http.StatusForbidden)
		return
	}
	which, document, _ := strings.Cut(rest, "/")
	to, err := d.target(r.Context(), which, document)
	if err != nil {
		fail(w, err)
		return
	}
	d.pass(r.Context(), w, to.JoinPath((&url.URL{Path: "/" + document}).EscapedPath()))
}

// A refused is the error for a request that is not forwarded.
type refused string

// Error returns the reason.
func (r refused) Error() string { return string(r) }

// target returns the address to forward a request to; which is a proxy's number or the checksum database.
func (d *gateway) target(ctx context.Context, which, document string) (*url.URL, error) {
	if which == "sums" && d.sumName != "" {
		return d.sums(ctx)
	}
	n, err := strconv.Atoi(which)
	if err != nil || n < 0 || n >= len(d.proxies) {
		return nil, refused("there is no such proxy")
	}
	if d.proxies[n] == nil {
		return nil, errors.New("GOPROXY has an entry that is no URL") // without its text, which may contain a password
	}
	escaped, _, ok := strings.Cut(document, "/@")
	name, err := module.UnescapePath(escaped)
	if !ok || err != nil {
		return nil, refused("this is no document of a module proxy")
	}
	if module.MatchPrefixPatterns(d.private, name) {
		return nil, refused(name + isPrivate)
	}
	return d.proxies[n], nil
}

// isPrivate ends the error for a private module.
const isPrivate = " is private (GONOPROXY, GOPRIVATE): no proxy is asked, and version control only where the operator allows it (FRESHPIN_ALLOW_DIRECT)"

// sums finds the checksum database as the go command does: at the configured
// address, else at the first proxy that serves it, else at the host of its name.
func (d *gateway) sums(ctx context.Context) (*url.URL, error) {
	d.sumOnce.Do(func() {
		if d.sumURL != nil {
			return
		}
		for _, p := range slices.DeleteFunc(slices.Clone(d.proxies), func(u *url.URL) bool { return u == nil }) {
			base := p.JoinPath("sumdb", d.sumName)
			res, err := d.ask(ctx, base.JoinPath("supported"))
			if err != nil {
				d.sumErr = err
				return
			}
			_ = res.Body.Close() // only the status matters
			if res.StatusCode == http.StatusOK {
				d.sumURL = base
				return
			}
		}
		d.sumURL = upstream("https://" + d.sumName)
	})
	if d.sumErr == nil && d.sumURL == nil {
		return nil, errors.New("GOSUMDB names no host")
	}
	return d.sumURL, d.sumErr
}

// ask sends one request.
func (d *gateway) ask(ctx context.Context, to *url.URL) (*http.Response, error) {
	login := to.User
	plain := *to
	plain.User = nil
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, plain.String(), nil)
	if err != nil {
		return nil, errors.New("this is no address") // its text may hold a password
	}
	if login != nil {
		password, _ := login.Password()
		req.SetBasicAuth(login.Username(), password)
	} else if d.login != nil {
		if user, password, ok := d.login(to.Host); ok {
			req.SetBasicAuth(user, password)
		}
	}
	return d.http.Do(req)
}

// mostSaid limits how much of an error answer is forwarded, in bytes.
const mostSaid = 4 << 10

// pass forwards a request and its answer.
func (d *gateway) pass(ctx context.Context, w http.ResponseWriter, to *url.URL) {
	res, err := d.ask(ctx, to)
	if err != nil {
		fail(w, err)
		return
	}
	defer res.Body.Close()
	w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
	body := io.Reader(res.Body)
	if res.StatusCode != http.StatusOK {
		body = io.LimitReader(body, mostSaid)
	} else if res.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(res.ContentLength, 10))
	}
	w.WriteHeader(res.StatusCode)
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler) // aborts the response, so that the client does not take it for complete
	}
}

// fail answers with an error text that package gomod can distinguish from a module that does not exist.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	var no refused
	var f *fetch.Error
	switch {
	case errors.As(err, &no):
		status = http.StatusForbidden
	case errors.As(err, &f) && f.Status != 0:
		status, err = f.Status, f
	case f != nil:
		err = f
	}
	http.Error(w, err.Error(), status)
}

// hide replaces the address of the gateway by those of the proxies in the output of
// the go command, and shortens the text of a refusal.
func (d *gateway) hide(text string) string {
	if d == nil {
		return text
	}
	names := map[string]string{d.base + "/sums": "GOSUMDB"}
	for n, p := range d.proxies {
		names[d.base+"/"+strconv.Itoa(n)] = strings.TrimSuffix(fetch.Plain(p), "/")
	}
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(names))) { // 10 before 1
		text = strings.ReplaceAll(text, at+"/", names[at]+"/")
	}
	return refusal.ReplaceAllString(text, "$1"+isPrivate)
}
