// Package gitrefs lists the tags and branches of git repositories and their
// commits over smart HTTP: one POST for each repository, on any host, without the
// host's API.
//
// It uses version 2 of git's protocol (gitprotocol-v2, "ls-refs"), falls back to
// older versions, and fetches no objects. It does not order versions.
package gitrefs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// A Login finds the user and password for a repository whose server requires
// them. ok is false if there is none. It must return a login only for the hosts
// that the operator configured it for.
type Login func(ctx context.Context, repository *url.URL) (user, password string, ok bool, err error)

// Options configures a Source.
type Options struct {
	HTTP  *fetch.Client
	Login Login // called only after the server has refused an anonymous request; nil for none

	// Mirrors maps a host to the address of its mirror: "github.com" to
	// "https://git.example.com/mirror". The path of the repository is appended. nil
	// for none.
	Mirrors map[string]string
}

// A Source lists the references of git repositories. It is safe for concurrent
// use. Its client caches the answers.
type Source struct{ o Options }

// New returns a source.
func New(o Options) *Source { return &Source{o} }

// Address returns the URL that git uses for a repository, from an address as
// people write it: "https://github.com/acme/tool", "git@github.com:acme/tool.git",
// "github.com/acme/tool". It removes logins. It returns false if the text is not
// the address of a repository that is available over http or https.
func Address(text string) (string, bool) {
	// codehost returns https addresses only, which a server with plain http does not have.
	if r, ok := codehost.Parse(text); ok && !strings.HasPrefix(text, "http:") {
		return r.Git(), true
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u.String(), true
}

// Refs returns the tags and branches of the repository at an address (see
// Address). Its errors wrap a *fetch.Error. Unauthorized may also mean that the
// repository does not exist, since many hosts do not distinguish the two.
func (s *Source) Refs(ctx context.Context, address string) (*Refs, error) {
	at, err := s.mirrored(address)
	if err != nil {
		return nil, err
	}
	var refs *Refs
	err = s.loggedIn(ctx, at, func(at *url.URL) (err error) {
		refs, err = s.list(ctx, at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tags of %s: %w", fetch.Redact(address), hint(err))
	}
	return refs, nil
}

// mirrored returns the address to query for a repository, which is on a mirror if its host has one.
func (s *Source) mirrored(address string) (*url.URL, error) {
	wrong := &fetch.Error{Code: fetch.BadAnswer, Err: errors.New("list tags: not the address of a git repository")}
	at, err := url.Parse(address)
	if err != nil {
		return nil, wrong
	}
	base, ok := s.o.Mirrors[strings.ToLower(at.Host)]
	if !ok {
		return at, nil
	}
	to, err := url.Parse(base)
	if err != nil {
		return nil, wrong
	}
	return to.JoinPath(at.Path), nil
}

// hint adds the possible causes to the error of a refused request.
func hint(err error) error {
	if fetch.Code(err) == fetch.Unauthorized {
		return fmt.Errorf("%w (the repository is private or not there)", err)
	}
	return err
}

// loggedIn calls ask without a login, and again with one if the server requires it.
func (s *Source) loggedIn(ctx context.Context, at *url.URL, ask func(*url.URL) error) error {
	err := ask(at)
	if s.o.Login == nil || fetch.Code(err) != fetch.Unauthorized {
		return err
	}
	user, password, ok, lost := s.o.Login(ctx, at)
	switch {
	case lost != nil:
		return fmt.Errorf("%w; no login was found: %v", err, lost)
	case !ok:
		return err
	}
	as := *at
	as.User = url.UserPassword(user, password)
	return ask(&as)
}

// list queries by version 2 of the protocol. If the server does not understand
// it, or the repository has moved, it starts with the request that all versions share.
func (s *Source) list(ctx context.Context, at *url.URL) (*Refs, error) {
	refs, err := s.ask(ctx, at, "")
	if err == nil || !otherwise(err) {
		return refs, err
	}
	return s.discover(ctx, at, err)
}

// otherwise reports whether a server that returned err may understand another version of the protocol.
func otherwise(err error) bool {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case 0:
		return e.Code == fetch.BadAnswer
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusLengthRequired,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true
	}
	return false
}

// Path elements and media types of smart HTTP (gitprotocol-http).
const (
	service       = "/git-upload-pack"
	requestType   = "application/x-git-upload-pack-request"
	resultType    = "application/x-git-upload-pack-result"
	advertiseType = "application/x-git-upload-pack-advertisement"
)

// post returns a request in version 2 of the protocol.
func post(at *url.URL, body []byte) fetch.Request {
	return fetch.Request{
		URL: at.JoinPath(service).String(), Body: body, Accept: resultType,
		Header: map[string]string{"Content-Type": requestType, "Git-Protocol": "version=2"},
	}
}

// command begins a request: the name of the command, and the object format unless
// it is SHA-1, the default.
func command(name, format string) []byte {
	body := appendPacket(nil, "command="+name+"\n")
	if format == "sha256" {
		body = appendPacket(body, "object-format="+format+"\n")
	}
	return append(body, "0001"...)
}

// ask sends ls-refs and parses the answer.
func (s *Source) ask(ctx context.Context, at *url.URL, format string) (*Refs, error) {
	body := command("ls-refs", format)
	for _, argument := range []string{"peel", "symrefs", "ref-prefix HEAD", "ref-prefix refs/tags/", "ref-prefix refs/heads/"} {
		body = appendPacket(body, argument+"\n")
	}
	r := post(at, append(body, "0000"...))
	r.Limit = maxAnswer
	r.Check = func(body []byte, h http.Header) error {
		if err := typed(h, resultType); err != nil {
			return err
		}
		_, err := parseListing(bytes.NewReader(body))
		return withCode(err)
	}
	res, err := s.o.HTTP.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	refs, err := parseListing(bytes.NewReader(res.Body))
	if err != nil { // an older version of this program may have checked and cached the answer
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodPost, URL: fetch.Plain(at), Err: err}
	}
	refs.URL = base(res.URL, service)
	return refs, nil
}

// typed returns an error for an answer of another media type, such as a login page.
func typed(h http.Header, want string) error {
	if got := h.Get("Content-Type"); got != want {
		return fmt.Errorf("not an answer of git: its type is %.80q", got)
	}
	return nil
}

// withCode adds a code to an error that the server reports in words, if the words
// are known: hosts differ in how they say that a repository does not exist.
func withCode(err error) error {
	var said *remoteError
	if !errors.As(err, &said) {
		return err
	}
	for _, words := range []string{"not found", "not exported", "does not exist", "access denied"} {
		if strings.Contains(strings.ToLower(said.Text), words) {
			return &fetch.Error{Code: fetch.NotFound, Err: err}
		}
	}
	return err
}

// base returns the address of the repository from the address of an answer.
func base(u *url.URL, suffix string) string {
	at := *u
	// With a RawPath, String would ignore the new Path.
	at.RawQuery, at.RawPath = "", ""
	at.Path = strings.TrimSuffix(at.Path, suffix)
	return at.String()
}

// discover sends the request that git itself starts with. A server of version 0
// or 1 lists all references in its answer. A server of version 2 is queried again
// if the answer has something new: the repository has moved, or has another object
// format. first is the error that made discovery necessary.
func (s *Source) discover(ctx context.Context, at *url.URL, first error) (*Refs, error) {
	ask := at.JoinPath("/info/refs")
	ask.RawQuery = "service=git-upload-pack"
	res, err := s.o.HTTP.Get(ctx, fetch.Request{
		URL: ask.String(), Accept: advertiseType, Limit: maxAnswer, Header: map[string]string{"Git-Protocol": "version=2"}, Check: checkAdvertisement,
	})
	switch code := fetch.Code(err); {
	case err == nil:
	// This answer only confirms that no repository is there; the first says why.
	case code == fetch.NotFound || code == fetch.BadAnswer && fetch.Code(first) == fetch.NotFound:
		return nil, first
	default:
		return nil, err
	}
	refs, capabilities, err := parseAdvertisement(bytes.NewReader(res.Body))
	found := base(res.URL, "/info/refs")
	if err == nil {
		refs.URL = found
		return refs, nil
	}
	if !errors.Is(err, errVersion2) {
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: fetch.Plain(ask), Err: err}
	}
	format := valueOf(capabilities, "object-format")
	moved, err := url.Parse(found)
	plain := *at
	if plain.User = nil; err != nil || found == plain.String() && format != "sha256" {
		return nil, first
	}
	// A login must go only to the host that it is for.
	if moved.Scheme == at.Scheme && moved.Host == at.Host {
		moved.User = at.User
	}
	return s.ask(ctx, moved, format)
}

// checkAdvertisement returns an error if an answer is not the advertisement of a smart server.
func checkAdvertisement(body []byte, h http.Header) error {
	if isDumb(body) {
		return errors.New("the server speaks only git's dumb protocol, which does not tell what tags lead to; it has to serve the repository by git http-backend or another smart server")
	}
	if err := typed(h, advertiseType); err != nil {
		return err
	}
	_, _, err := parseAdvertisement(bytes.NewReader(body))
	if errors.Is(err, errVersion2) {
		return nil
	}
	return withCode(err)
}

// valueOf returns the value of a capability, "" if the server does not have it.
func valueOf(capabilities []string, name string) string {
	for _, c := range capabilities {
		if value, ok := strings.CutPrefix(c, name+"="); ok {
			return value
		}
	}
	return ""
}
