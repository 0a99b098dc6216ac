// Package goproxy queries Go module proxies for the versions of a module, for
// retractions, and for the paths of its next major versions.
//
// It implements the GOPROXY protocol, and follows the go command in the choice of the
// proxy and of the latest version. It does not access version control: requests that
// only "direct" could answer are refused, unless the operator allows them.
package goproxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Options configures a Source.
type Options struct {
	HTTP    *fetch.Client
	Proxy   string // as in GOPROXY: "https://proxy.example,direct"; "" means the value from Env
	Private string // as in GONOPROXY: patterns of module paths that are not requested from proxies; "" for none

	// Env returns Proxy and Private on first use, if Proxy is "" (see
	// EnvFromToolchain). It is called again only after an error.
	Env func(ctx context.Context) (proxy, private string, err error)

	// Direct queries version control for "direct" in GOPROXY and for private modules;
	// nil refuses both.
	Direct Direct

	Now func() time.Time // nil means time.Now
}

// A Source queries module proxies. It is safe for concurrent use.
type Source struct {
	http   *fetch.Client
	env    func(ctx context.Context) (proxy, private string, err error)
	direct Direct // nil if refused
	now    func() time.Time

	mu      sync.Mutex
	ready   bool
	proxies []proxy
	private string
}

// New returns a source. It reads the environment only on first use.
func New(o Options) *Source {
	s := &Source{http: o.HTTP, env: o.Env, direct: o.Direct, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if o.Proxy != "" || o.Env == nil {
		s.env = func(context.Context) (string, string, error) { return o.Proxy, o.Private, nil }
	}
	return s
}

// Versions returns the published versions of a module. It requests the list, the
// go.mod of the latest version for retractions, and the lists of the next major paths.
//
// The path "toolchain" means the Go toolchains, as for "go get". If the module replaces
// another one, its go.mod may declare the path of that module.
func (s *Source) Versions(ctx context.Context, path, replaces string) (ecosystems.Listing, error) {
	list, err := s.versions(ctx, path, replaces)
	if err != nil {
		return ecosystems.Listing{}, fmt.Errorf("list versions of %s: %w", path, err)
	}
	return list, nil
}

func (s *Source) versions(ctx context.Context, path, replaces string) (ecosystems.Listing, error) {
	if path == Toolchain {
		return s.toolchains(ctx)
	}
	t, err := s.tags(ctx, path)
	if err != nil {
		return ecosystems.Listing{}, err
	}
	later := s.searchMajors(ctx, path, t)
	defer later.wait() // also after an error: no request may outlive the call
	list, line, err := s.judge(ctx, names{path, replaces}, t)
	if err != nil {
		return ecosystems.Listing{}, err
	}
	majors, notes := later.majors(ctx, line)
	list.Candidates = version.Compact(append(list.Candidates, majors...))
	list.Notes = append(list.Notes, notes...)
	return list, nil
}

// Published returns when a version was published. For a pseudo-version it needs no
// request.
func (s *Source) Published(ctx context.Context, path, v string) (time.Time, error) {
	if t, err := module.PseudoVersionTime(v); err == nil {
		return t, nil
	}
	file := v
	if path == Toolchain {
		path, file = toolchainPath, toolchainVersion(v)
	}
	i, err := s.info(ctx, path, file)
	if err != nil {
		return time.Time{}, fmt.Errorf("date %s@%s: %w", path, v, err)
	}
	return version.Date(i.Time), nil
}

// An info is the document of .info and @latest.
type info struct {
	Version string
	Time    time.Time
	Origin  json.RawMessage // decoded by Origin, because a malformed one must not hide the rest
}

func (s *Source) info(ctx context.Context, path, v string) (info, error) {
	body, err := s.getFile(ctx, path, v, ".info", checkInfo)
	if err != nil {
		return info{}, err
	}
	return readInfo(body)
}

// getFile requests a file of one version.
func (s *Source) getFile(ctx context.Context, path, v, ending string, check checkFunc) ([]byte, error) {
	escaped, err := module.EscapeVersion(v)
	if err != nil {
		return nil, err
	}
	return s.get(ctx, path, document{file: "@v/" + escaped + ending, forever: true, check: check})
}

func readInfo(body []byte) (i info, err error) {
	if err := json.Unmarshal(body, &i); err != nil {
		return info{}, err
	}
	if i.Version == "" {
		return info{}, errors.New("the answer names no version")
	}
	return i, nil
}

func checkInfo(body []byte, _ http.Header) error {
	_, err := readInfo(body)
	return err
}

// oneLine turns untrusted text into one short line.
func oneLine(text string) string {
	const most = 300
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
