// Package goproxy asks Go module proxies which versions a module has, which of
// them its author retracted, and under which further paths its next major
// versions are published.
//
// It speaks the GOPROXY protocol and follows the go command in which proxy is
// asked and in what counts as the latest version. It speaks no version control:
// what only "direct" could answer is refused, unless the operator allows it.
package goproxy

import (
	"context"
	"encoding/json"
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
	Proxy   string // as in GOPROXY: "https://proxy.example,direct"; "" means what Env says
	Private string // as in GONOPROXY: patterns of module paths that no proxy is asked about; "" for none

	// Env returns Proxy and Private when they are first needed, where Proxy is
	// "": see EnvFromToolchain. It is asked again only after an error.
	Env func(ctx context.Context) (proxy, private string, err error)

	// Direct asks version control, where GOPROXY says direct and for private
	// modules; nil refuses both.
	Direct Direct

	Now func() time.Time // nil means time.Now
}

// A Source answers what module proxies know. It is safe for concurrent use.
type Source struct {
	http   *fetch.Client
	env    func(ctx context.Context) (proxy, private string, err error)
	direct Direct // nil where that is refused
	now    func() time.Time

	mu      sync.Mutex
	ready   bool
	proxies []proxy
	private string
}

// New returns a source. Nothing is asked, not even the environment, before it is used.
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

// Versions returns what is published of a module: one list, the go.mod of the
// latest version for what is retracted, and the lists of the next major paths.
//
// The path "toolchain" stands for the Go toolchains, as it does for "go get".
// Where the module replaces another one, its go.mod may declare the path of that.
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
	later := s.later(ctx, path, t)
	defer later.wait()
	list, line, err := s.judge(ctx, names{path, replaces}, t)
	if err != nil {
		return ecosystems.Listing{}, err
	}
	majors, notes := later.majors(ctx, line)
	list.Candidates = version.Compact(append(list.Candidates, majors...))
	list.Notes = append(list.Notes, notes...)
	return list, nil
}

// Published returns when a version was published. A pseudo-version says so
// itself, and nobody is asked.
func (s *Source) Published(ctx context.Context, path, v string) (time.Time, error) {
	if t, err := module.PseudoVersionTime(v); err == nil {
		return t, nil
	}
	file := v
	if path == Toolchain {
		path, file = toolchainPath, toolchainVersion(v)
	}
	escaped, err := module.EscapeVersion(file)
	if err != nil {
		return time.Time{}, fmt.Errorf("date %s@%s: %w", path, v, err)
	}
	body, err := s.get(ctx, path, document{file: "@v/" + escaped + ".info", forever: true, check: checkInfo})
	if err != nil {
		return time.Time{}, fmt.Errorf("date %s@%s: %w", path, v, err)
	}
	i, err := readInfo(body)
	return version.Date(i.Time), err
}

// An info is what .info and @latest answer.
type info struct {
	Version string
	Time    time.Time
}

func readInfo(body []byte) (i info, err error) {
	if err := json.Unmarshal(body, &i); err != nil {
		return info{}, err
	}
	if i.Version == "" {
		return info{}, fmt.Errorf("the answer names no version")
	}
	return i, nil
}

func checkInfo(body []byte, _ http.Header) error {
	_, err := readInfo(body)
	return err
}

// oneLine makes text from a stranger's file fit into a sentence.
func oneLine(text string) string {
	const most = 300
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
