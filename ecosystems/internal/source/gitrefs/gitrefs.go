// Package gitrefs asks the servers of git repositories which tags and branches
// they have and which commits those lead to, over smart HTTP: one POST for each
// repository, on any host, without its API.
//
// It speaks version 2 of git's protocol (gitprotocol-v2, "ls-refs"), reads what
// older servers answer as well, and fetches no objects. It orders no versions.
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

// A Login finds user and password for a repository that its server does not
// show without. ok is false where there is none. It must answer for hosts only
// that the login was given for.
type Login func(ctx context.Context, repository *url.URL) (user, password string, ok bool, err error)

// Options configures a Source.
type Options struct {
	HTTP  *fetch.Client
	Login Login // asked only after the server has refused an anonymous question; nil for none

	// Mirrors are which server answers for a host: "https://git.example.com/mirror"
	// for "github.com", with the path of the repository behind it. nil for none.
	Mirrors map[string]string
}

// A Source lists the references of git repositories. It is safe for concurrent
// use; what it hears is remembered by its client.
type Source struct {
	http    *fetch.Client
	login   Login
	mirrors map[string]string
}

// New returns a source.
func New(o Options) *Source { return &Source{o.HTTP, o.Login, o.Mirrors} }

// Address returns where git asks for a repository, of an address as people
// write it: "https://github.com/acme/tool", "git@github.com:acme/tool.git",
// "github.com/acme/tool". Logins in it are left out. False means that it is no
// address of a repository that is reached over http or https.
func Address(text string) (string, bool) {
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
// Address). Its errors wrap a *fetch.Error: Unauthorized stands also for
// a repository that is not there, which many hosts do not tell apart.
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

// mirrored returns where the repository at an address is asked for.
func (s *Source) mirrored(address string) (*url.URL, error) {
	wrong := &fetch.Error{Code: fetch.BadAnswer, Err: errors.New("list tags: not the address of a git repository")}
	at, err := url.Parse(address)
	if err != nil {
		return nil, wrong
	}
	base, ok := s.mirrors[strings.ToLower(at.Host)]
	if !ok {
		return at, nil
	}
	to, err := url.Parse(base)
	if err != nil {
		return nil, wrong
	}
	return to.JoinPath(at.Path), nil
}

// hint adds to a refusal what it may mean.
func hint(err error) error {
	if fetch.Code(err) == fetch.Unauthorized {
		return fmt.Errorf("%w (the repository is private or not there)", err)
	}
	return err
}

// loggedIn asks without a login, and with one where the server wants one.
func (s *Source) loggedIn(ctx context.Context, at *url.URL, ask func(*url.URL) error) error {
	err := ask(at)
	if s.login == nil || fetch.Code(err) != fetch.Unauthorized {
		return err
	}
	user, password, ok, lost := s.login(ctx, at)
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

// list asks by version 2, and where that is not understood, or the repository
// was moved, by what all versions begin with.
func (s *Source) list(ctx context.Context, at *url.URL) (*Refs, error) {
	refs, err := s.ask(ctx, at, "")
	if err == nil || !otherwise(err) {
		return refs, err
	}
	return s.discover(ctx, at, err)
}

// otherwise reports whether a server that answers so may understand another question.
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

// The parts of an address and the types of smart HTTP (gitprotocol-http).
const (
	service       = "/git-upload-pack"
	requestType   = "application/x-git-upload-pack-request"
	resultType    = "application/x-git-upload-pack-result"
	advertiseType = "application/x-git-upload-pack-advertisement"
)

// post returns the question in version 2 of the protocol.
func post(at *url.URL, body []byte) fetch.Request {
	return fetch.Request{
		URL: at.JoinPath(service).String(), Body: body, Accept: resultType,
		Header: map[string]string{"Content-Type": requestType, "Git-Protocol": "version=2"},
	}
}

// command begins a question: its name and the format of object names where it
// is not SHA-1, which servers take for granted.
func command(name, format string) []byte {
	body := appendPacket(nil, "command="+name+"\n")
	if format == "sha256" {
		body = appendPacket(body, "object-format="+format+"\n")
	}
	return append(body, "0001"...)
}

// ask is ls-refs.
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
		return told(err)
	}
	res, err := s.http.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	refs, err := parseListing(bytes.NewReader(res.Body))
	if err != nil { // a cached answer was checked by an older version of this program
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodPost, URL: fetch.Plain(at), Err: err}
	}
	refs.URL = base(res.URL, service)
	return refs, nil
}

// typed refuses an answer of another type, such as a page that asks to log in.
func typed(h http.Header, want string) error {
	if got := h.Get("Content-Type"); got != want {
		return fmt.Errorf("not an answer of git: its type is %.80q", got)
	}
	return nil
}

// told gives what the server says a code of its own where that is known:
// hosts have their words for what is not there.
func told(err error) error {
	var said *RemoteError
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

// base returns the address of a repository that a question was answered at.
func base(u *url.URL, suffix string) string {
	at := *u
	at.RawQuery, at.RawPath = "", ""
	at.Path = strings.TrimSuffix(at.Path, suffix)
	return at.String()
}

// discover asks what the server speaks, as git itself begins. A server of
// version 0 or 1 lists everything here. One of version 2 is asked again where
// it has told something new: that the repository was moved, or has other
// object names. first is why it has to be asked so.
func (s *Source) discover(ctx context.Context, at *url.URL, first error) (*Refs, error) {
	ask := at.JoinPath("/info/refs")
	ask.RawQuery = "service=git-upload-pack"
	res, err := s.http.Get(ctx, fetch.Request{
		URL: ask.String(), Accept: advertiseType, Limit: maxAnswer, Header: map[string]string{"Git-Protocol": "version=2"}, Check: checkAdvertisement,
	})
	switch code := fetch.Code(err); {
	case err == nil:
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
	if moved.Scheme == at.Scheme && moved.Host == at.Host {
		moved.User = at.User
	}
	return s.ask(ctx, moved, format)
}

// checkAdvertisement accepts what a smart server says first.
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
	return told(err)
}

// valueOf returns the value of a capability, "" for none.
func valueOf(capabilities []string, name string) string {
	for _, c := range capabilities {
		if value, ok := strings.CutPrefix(c, name+"="); ok {
			return value
		}
	}
	return ""
}
