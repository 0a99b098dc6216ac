package goproxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

func start(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// source asks the proxies named, without retries and without waiting.
func source(t *testing.T, proxies string) *Source {
	t.Helper()
	client := fetch.New(fetch.Options{Retries: -1, Backoff: time.Nanosecond})
	t.Cleanup(client.Close)
	return New(Options{HTTP: client, Proxy: proxies, Private: "corp.test/*,*.internal.test"})
}

// serve publishes versions of modules: "path v1.0.0 v1.1.0".
func serve(lines ...string) *goproxyserver.Server {
	s := &goproxyserver.Server{}
	for _, l := range lines {
		f := strings.Fields(l)
		for _, v := range f[1:] {
			s.Add(f[0], goproxyserver.Module{Version: v, GoMod: "module " + f[0] + "\n\ngo 1.20\n"})
		}
	}
	return s
}

// show says of each candidate: version, path if another, and marks: pre, withdrawn, shown only, superseded.
func show(list ecosystems.Listing) string {
	var out []string
	for _, c := range list.Candidates {
		s := c.Version.Text
		if c.Package != "" {
			s = c.Package + "@" + s
		}
		for mark, on := range map[string]bool{"?": c.Version.Pre, "-": c.Withdrawn != "", "!": c.ShownOnly != "" && c.Package == "", "~": c.Version.Family != ""} {
			if on {
				s += mark
			}
		}
		out = append(out, s)
	}
	for _, n := range list.Notes {
		out = append(out, n.Code)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

const mod = "module a.b/c\n"

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve []goproxyserver.Module // of a.b/c
		also  string                 // further paths and their versions, a line each
		want  string
	}{
		{"mattn/go-sqlite3: the highest is +incompatible, and there is a go.mod", []goproxyserver.Module{
			{Version: "v1.14.0", GoMod: mod + "go 1.20\n"}, {Version: "v2.0.3+incompatible"}}, "", "v1.14.0 v2.0.3+incompatible~"},
		{"+incompatible without any go.mod", []goproxyserver.Module{{Version: "v1.14.0"}, {Version: "v2.0.3+incompatible"}}, "", "v1.14.0 v2.0.3+incompatible"},
		{"+incompatible only", []goproxyserver.Module{{Version: "v2.0.3+incompatible"}, {Version: "v28.0.0+incompatible"}}, "", "v2.0.3+incompatible v28.0.0+incompatible"},
		{"golang.org/issue/34165: a pre-release with a go.mod is enough", []goproxyserver.Module{
			{Version: "v1.1.0-rc.1", GoMod: mod + "go 1.20\n"}, {Version: "v1.0.0"}, {Version: "v2.0.0+incompatible"}}, "", "v1.0.0 v1.1.0-rc.1? v2.0.0+incompatible~"},
		{"the go.mod that counts is of a version that stands", []goproxyserver.Module{
			{Version: "v1.0.0"}, {Version: "v1.1.0", GoMod: mod + "retract v1.1.0\n"}, {Version: "v2.0.0+incompatible"}}, "", "v1.0.0 v1.1.0- v2.0.0+incompatible"},
		{"only pre-releases", []goproxyserver.Module{{Version: "v1.0.0-rc.1"}, {Version: "v1.0.0-rc.2"}}, "", "v1.0.0-rc.1 v1.0.0-rc.2"},
		{"only pre-releases stand", []goproxyserver.Module{{Version: "v1.0.0-rc.1"}, {Version: "v1.0.0", GoMod: mod + "retract v1.0.0\n"}}, "", "v1.0.0- v1.0.0-rc.1"},
		{"renovate #13012: a version that retracts itself and others", []goproxyserver.Module{
			{Version: "v1.0.0"}, {Version: "v1.0.5"}, {Version: "v1.1.0", GoMod: mod + "retract (\n\tv1.1.0\n\t[v1.0.1, v1.0.9]\n)\n"}}, "", "v1.0.0 v1.0.5- v1.1.0-"},
		{"a pre-release has no say while there are releases", []goproxyserver.Module{
			{Version: "v1.0.0"}, {Version: "v1.1.0-rc.1", GoMod: mod + "retract v1.0.0\n"}}, "", "v1.0.0 v1.1.0-rc.1?"},
		{"deprecated", []goproxyserver.Module{{Version: "v1.0.0", GoMod: "// Deprecated: use a.b/d\n" + mod}}, "", "deprecated v1.0.0"},
		{"no tags", []goproxyserver.Module{{Version: "v0.0.0-20200101000000-0123456789ab"}}, "", "v0.0.0-20200101000000-0123456789ab"},
		{"logrus: renamed", []goproxyserver.Module{{Version: "v1.0.0"}, {Version: "v1.1.0", GoMod: "module a.b/C\n"}}, "", "v1.0.0 v1.1.0!"},
		{"dependabot-core #3623: renamed over several releases", []goproxyserver.Module{{Version: "v1.0.0"}, {Version: "v1.0.1", GoMod: mod}, {Version: "v1.0.2", GoMod: "module a.b/d\n"},
			{Version: "v1.0.3", GoMod: "module a.b/d\n"}, {Version: "v1.1.0", GoMod: "module a.b/d\n"}}, "", "v1.0.0 v1.0.1 v1.0.2! v1.0.3! v1.1.0!"},
		{"renamed from the first", []goproxyserver.Module{{Version: "v1.0.0", GoMod: "module a.b/d\n"}, {Version: "v1.1.0", GoMod: "module a.b/d\n"}}, "", "v1.0.0! v1.1.0!"},
		{"the next major", []goproxyserver.Module{{Version: "v1.0.0"}}, "a.b/c/v2 v2.0.0 v2.1.0-rc.1", "a.b/c/v2@v2.0.0 v1.0.0"},
		{"golang-jwt: v3 to v5", []goproxyserver.Module{{Version: "v1.0.0"}}, "a.b/c/v3 v3.0.0\na.b/c/v5 v5.0.0\na.b/c/v8 v8.0.0", "a.b/c/v3@v3.0.0 a.b/c/v5@v5.0.0 v1.0.0"},
		{"go-redis: v6 +incompatible to /v7", []goproxyserver.Module{{Version: "v6.15.9+incompatible"}}, "a.b/c/v7 v7.4.1\na.b/c/v8 v8.0.0", "a.b/c/v7@v7.4.1 a.b/c/v8@v8.0.0 v6.15.9+incompatible"},
		{"blackfriday: v2 +incompatible to /v2", []goproxyserver.Module{{Version: "v2.0.0+incompatible"}}, "a.b/c/v2 v2.1.0", "a.b/c/v2@v2.1.0 v2.0.0+incompatible"},
		{"a next major without a release is none", []goproxyserver.Module{{Version: "v1.0.0"}}, "a.b/c/v2 v2.0.0-beta.1", "v1.0.0"},
		{"a next major without a tag is none", []goproxyserver.Module{{Version: "v1.0.0"}}, "a.b/c/v2 v2.0.0-20200101000000-0123456789ab", "v1.0.0"},
	} {
		s := serve(strings.FieldsFunc(c.also, func(r rune) bool { return r == '\n' })...)
		for _, m := range c.serve {
			s.Add("a.b/c", m)
		}
		list, err := source(t, start(t, s)).Versions(t.Context(), "a.b/c", "")
		if got := show(list); err != nil || got != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}

func TestPaths(t *testing.T) {
	s := serve("gopkg.in/x.v2 v2.1.0", "gopkg.in/x.v3 v3.0.0", "github.com/Acme/Lib/v2 v2.0.0", "github.com/Acme/Lib/v4 v4.0.0")
	for path, want := range map[string]string{
		"gopkg.in/x.v2":          "gopkg.in/x.v3@v3.0.0 v2.1.0",
		"github.com/Acme/Lib/v2": "github.com/Acme/Lib/v4@v4.0.0 v2.0.0",
	} {
		list, err := source(t, start(t, s)).Versions(t.Context(), path, "")
		if got := show(list); err != nil || got != want {
			t.Errorf("Versions(%s) = %s, %v, want %s", path, got, err, want)
		}
	}
}

// One list, one go.mod and a probe.
func TestRequests(t *testing.T) {
	s := serve("a.b/c v1.0.0 v1.1.0")
	src := source(t, start(t, s))
	for range 2 {
		if _, err := src.Versions(t.Context(), "a.b/c", ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Requests(); n["list"] != 2 || n["mod"] != 1 || n["info"]+n["latest"]+n["zip"] != 0 {
		t.Errorf("Requests() = %v", n)
	}
	if at, err := src.Published(t.Context(), "a.b/c", "v1.0.0"); err != nil || at.Year() != 2020 || s.Requests()["info"] != 1 {
		t.Errorf("Published = %v, %v, %v", at, err, s.Requests())
	}
	at, err := src.Published(t.Context(), "a.b/c", "v0.0.0-20191109021931-daa7c04131f5")
	if err != nil || at.Format(time.RFC3339) != "2019-11-09T02:19:31Z" || s.Requests()["info"] != 1 {
		t.Errorf("Published(pseudo) = %v, %v, %v", at, err, s.Requests())
	}
}

// TestReach tells which paths of later major versions are asked for.
func TestReach(t *testing.T) {
	const alive, old = "go 1.99", "go 1.20" // a Go of the last two years, and one before
	for _, c := range []struct {
		name, path, line, versions string
		also                       string // a path that is there, and the go line of its only version
		want                       string
	}{
		{"a module that goes on", "a.b/c", alive, "v1.0.0", "", "v2"},
		{"one of an author who knows modules", "a.b/c", old, "v1.0.0", "", "v2"},
		{"robfig/cron: one without a go line", "a.b/c", "", "v1.0.0", "", "v2 v3"},
		{"before v1, and it goes on", "a.b/c", alive, "v0.1.0", "", ""},
		{"chroma: before v1, and it may have been left", "a.b/c", old, "v0.1.0", "", "v2"},
		{"before v1, without a go line", "a.b/c", "", "v0.1.0", "", "v2"},
		{"without a tag, and it goes on", "a.b/c", alive, "v0.0.0-20200101000000-0123456789ab", "", ""},
		{"without a tag", "a.b/c", "", "v0.0.0-20200101000000-0123456789ab", "", "v2"},
		{"a later major that goes on", "a.b/c/v2", alive, "v2.0.0", "", "v3"},
		{"jwt: an author who has changed majors before", "a.b/c/v3", old, "v3.0.0", "", "v4 v5"},
		{"+incompatible, and no go.mod", "a.b/c", "", "v2.0.0+incompatible", "", "v2 v3"},
		{"+incompatible beside a go.mod", "a.b/c", old, "v1.0.0 v2.0.0+incompatible", "", "v2 v3"},
		{"the next one goes on", "a.b/c", "", "v1.0.0", "v2 " + alive, "v2 v3"},
		{"the next one may have been left", "a.b/c", alive, "v1.0.0", "v2 " + old, "v2 v3 v4"},
		{"gopkg.in", "gopkg.in/c.v1", old, "v1.0.0", "", "v2"},
	} {
		s := &goproxyserver.Server{}
		for _, v := range strings.Fields(c.versions) {
			s.Add(c.path, goproxyserver.Module{Version: v, GoMod: "module " + c.path + "\n\n" + c.line + "\n"})
		}
		if major, line, ok := strings.Cut(c.also, " "); ok {
			s.Add(c.path+"/"+major, goproxyserver.Module{Version: major + ".0.0", GoMod: "module " + c.path + "/" + major + "\n\n" + line + "\n"})
		}
		var mu sync.Mutex
		var asked []string
		s.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
			if path, ok := strings.CutSuffix(r.URL.Path, "/@v/list"); ok && path != "/"+c.path {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, path[strings.LastIndexAny(path, "/.")+1:])
			}
			return false
		}
		_, err := source(t, start(t, s)).Versions(t.Context(), c.path, "")
		if slices.Sort(asked); err != nil || strings.Join(asked, " ") != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, asked, err, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	s := &goproxyserver.Server{}
	s.Add("a.b/c", goproxyserver.Module{Version: "v1.0.0", GoMod: "// Deprecated: use\n//\ta.b/d\u0007 instead\n" + mod + "retract v1.0.0 // broke\n"})
	list, err := source(t, start(t, s)).Versions(t.Context(), "a.b/c", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := list.Candidates[0].Withdrawn; got != "retracted: broke" {
		t.Errorf("Withdrawn %q", got)
	}
	if got := list.Notes[0].Text; got != "deprecated: use a.b/d instead" {
		t.Errorf("Note %q", got)
	}
}

// A retracted major version is not offered, and the one before it is.
func TestRetractedMajor(t *testing.T) {
	s := serve("a.b/c v1.0.0", "a.b/c/v2 v2.0.0")
	s.Add("a.b/c/v3", goproxyserver.Module{Version: "v3.0.0", GoMod: "module a.b/c/v3\nretract v3.0.0\n"})
	list, err := source(t, start(t, s)).Versions(t.Context(), "a.b/c", "")
	if got := show(list); err != nil || got != "a.b/c/v2@v2.0.0 a.b/c/v3@v3.0.0- v1.0.0" {
		t.Errorf("Versions = %s, %v", got, err)
	}
}

// As github.com/argoproj/gitops-engine in Argo CD 2.13: the tag above the pin is older than its commit.
func TestVersionsAfter(t *testing.T) {
	const pin = "v0.7.1-0.20240905010810-bd7681ae3f8b"
	s := serve("a.b/c v0.7.0 v0.7.3") // of 2020
	src := source(t, start(t, s))
	if list, err := src.VersionsAfter(t.Context(), "a.b/c", "", pin); err != nil || show(list) != "v0.7.0 "+pin+"?" {
		t.Errorf("VersionsAfter = %s, %v, want v0.7.0 and the pin", show(list), err)
	}
	s.Add("a.b/c", goproxyserver.Module{Version: "v0.8.0", Date: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)})
	list, err := source(t, start(t, s)).VersionsAfter(t.Context(), "a.b/c", "", pin)
	if err != nil || show(list) != "v0.7.0 "+pin+"? v0.8.0" || list.Candidates[2].Published.Year() != 2025 {
		t.Errorf("VersionsAfter = %s, %v, want v0.7.0, the pin and v0.8.0", show(list), err)
	}
}

func TestToolchains(t *testing.T) {
	s := serve("golang.org/toolchain v0.0.1-go1.26.2.linux-amd64 v0.0.1-go1.26.2.windows-arm64 v0.0.1-go1.27rc1.linux-amd64 v0.0.1-go1.21.0.linux-amd64 v0.0.1-odd")
	src := source(t, start(t, s))
	list, err := src.Versions(t.Context(), Toolchain, "")
	if got := show(list); err != nil || got != "go1.21.0 go1.26.2 go1.27rc1?" {
		t.Errorf("Versions(toolchain) = %s, %v", got, err)
	}
	if n := s.Requests(); n["list"] != 1 || len(n) != 1 {
		t.Errorf("Requests() = %v", n)
	}
	if at, err := src.Published(t.Context(), Toolchain, "go1.26.2"); err != nil || at.IsZero() {
		t.Errorf("Published(toolchain go1.26.2) = %v, %v", at, err)
	}
}

// A folder is a proxy, as GOMODCACHE/cache/download is.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	v := filepath.Join(dir, "a.b", "!c", "@v")
	if err := os.MkdirAll(v, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"list": "v0.0.0-20200101000000-0123456789ab\nv0.0.0-20210101000000-0123456789ab\n", "v0.0.0-20210101000000-0123456789ab.mod": "module a.b/C\n",
	} {
		if err := os.WriteFile(filepath.Join(v, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src := source(t, "file://"+dir)
	list, err := src.Versions(t.Context(), "a.b/C", "")
	if got := show(list); err != nil || got != "v0.0.0-20210101000000-0123456789ab" {
		t.Errorf("Versions = %s, %v", got, err)
	}
	if _, err := src.Versions(t.Context(), "a.b/d", ""); fetch.Code(err) != fetch.NotFound {
		t.Errorf("Versions(a.b/d): %v, want not-found", err)
	}
}

// answers always answers the same.
func answers(code int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	})
}

// GOPROXY as the Go Modules Reference has it: which answers lead on to the next entry.
func TestProxyList(t *testing.T) {
	good, empty := start(t, serve("a.b/c v1.0.0")), start(t, serve())
	gone, broken, shut := start(t, answers(410, "")), start(t, answers(500, "")), start(t, answers(403, ""))
	page := start(t, answers(200, "<html>log in</html>"))
	for _, c := range []struct{ proxies, path, code string }{
		{good, "a.b/c", ""},
		{empty + "," + good, "a.b/c", ""},
		{gone + " , " + good, "a.b/c", ""},
		{broken + "," + good, "a.b/c", fetch.Unreachable},
		{broken + "|" + good, "a.b/c", ""},
		{shut + "," + good, "a.b/c", fetch.Unauthorized},
		{shut + "|" + good, "a.b/c", ""},
		{page + "," + good, "a.b/c", fetch.BadAnswer},
		{page + "|" + good, "a.b/c", ""},
		{empty + "," + broken + "," + good, "a.b/c", fetch.Unreachable},
		{broken + "|" + empty, "a.b/c", fetch.Unreachable}, // a failure tells more than an absence
		{empty + "," + gone, "a.b/c", fetch.NotFound},
		{"off", "a.b/c", fetch.Refused},
		{"direct", "a.b/c", fetch.Refused},
		{"direct," + good, "a.b/c", fetch.Refused},
		{empty + ",direct", "a.b/c", fetch.Refused},
		{empty + ",off," + good, "a.b/c", fetch.Refused},
		{good + ",direct", "a.b/c", ""},
		{good, "corp.test/x", fetch.Refused},
		{good, "git.internal.test/x/y", fetch.Refused},
		{good, "notcorp.test/x", fetch.NotFound},
		{good, "no path", ecosystems.Malformed},
		{good, "nodot", ecosystems.Malformed},
		{",", "a.b/c", fetch.Refused},
		{"ftp://x.test", "a.b/c", fetch.Refused},
		{"file://host/x", "a.b/c", fetch.Refused},
		{"https://", "a.b/c", fetch.Refused},
	} {
		list, err := source(t, c.proxies).Versions(t.Context(), c.path, "")
		code := ""
		if err != nil {
			code = fetch.Code(err)
		}
		if code != c.code {
			t.Errorf("GOPROXY=%s: Versions(%s) = %s, %v, want %q", c.proxies, c.path, show(list), err, c.code)
		}
	}
}

// What only the next major paths answer badly is a note.
func TestMajorsUnknown(t *testing.T) {
	s := serve("a.b/c v1.0.0")
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/a.b/c/v2/") {
			w.WriteHeader(403)
			return true
		}
		return false
	}
	list, err := source(t, start(t, s)+",direct").Versions(t.Context(), "a.b/c", "")
	if got := show(list); err != nil || got != "majors-unknown v1.0.0" {
		t.Errorf("Versions = %s, %v", got, err)
	}
}

// Answers that are none are errors, and never "no newer version".
func TestOddAnswers(t *testing.T) {
	for _, c := range []struct{ file, body, code string }{
		{"list", "<html>", fetch.BadAnswer},
		{"list", "error: no such module", fetch.BadAnswer},
		{"list", "v1.0.0\nrubbish\nv1.0\nv2.0.0\nv1.1.0+meta\n", ""},
		{".mod", "<html>", fetch.BadAnswer},
		{".mod", "", fetch.BadAnswer},
		{".mod", "module a.b/c\n\nunknown directive\n", ""},
	} {
		s := serve("a.b/c v1.0.0")
		s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, c.file) || !strings.HasPrefix(r.URL.Path, "/a.b/c/@v/") {
				return false
			}
			fmt.Fprint(w, c.body)
			return true
		}
		list, err := source(t, start(t, s)).Versions(t.Context(), "a.b/c", "")
		if c.code == "" && (err != nil || show(list) != "v1.0.0") || c.code != "" && (err == nil || fetch.Code(err) != c.code) {
			t.Errorf("%s %q: %s, %v, want %q", c.file, c.body, show(list), err, c.code)
		}
	}
}

func TestEnv(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	proxy, private, err := EnvFromToolchain(t.Context(), env("GOPROXY", "https://p.test", "GOPRIVATE", "corp.test"))
	if err != nil || proxy != "https://p.test" || private != "corp.test" {
		t.Errorf("without a go command: %q, %q, %v", proxy, private, err)
	}
	if _, _, err := EnvFromToolchain(t.Context(), env()); err == nil {
		t.Error("with neither a go command nor GOPROXY: no error")
	}
	if _, err := goenv.Find(os.Getenv("PATH")); err != nil {
		t.Skip("there is no go command")
	}
	home := ecosystemtest.UserHome(t)
	proxy, private, err = EnvFromToolchain(t.Context(), env("PATH", os.Getenv("PATH"), "HOME", home, "GOPROXY", "https://p.test,direct", "GONOPROXY", "x.test", "GOPRIVATE", "corp.test"))
	if err != nil || proxy != "https://p.test,direct" || private != "x.test" {
		t.Errorf("with a go command: %q, %q, %v", proxy, private, err)
	}
	proxy, _, err = EnvFromToolchain(t.Context(), env("PATH", os.Getenv("PATH"), "HOME", home))
	if err != nil || proxy == "" {
		t.Errorf("the default of the toolchain: %q, %v", proxy, err)
	}
}

// The environment is asked when it is needed, and again after an error.
func TestEnvLazily(t *testing.T) {
	asked := 0
	url := start(t, serve("a.b/c v1.0.0"))
	src := New(Options{HTTP: fetch.New(fetch.Options{}), Env: func(context.Context) (string, string, error) {
		if asked++; asked == 1 {
			return "", "", errors.New("not now")
		}
		return url, "", nil
	}})
	if _, err := src.Versions(t.Context(), "a.b/c", ""); err == nil || asked != 1 {
		t.Errorf("%v after %d", err, asked)
	}
	for range 3 {
		if _, err := src.Versions(t.Context(), "a.b/c", ""); err != nil || asked != 2 {
			t.Errorf("%v after %d", err, asked)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add("v1.0.0\nv2.0.0+incompatible 2020-01-01T00:00:00Z\nv0.0.0-20200101000000-0123456789ab\r\n", "a.b/c")
	f.Fuzz(func(t *testing.T, body, path string) {
		list := readList([]byte(body), path)
		if err := checkList([]byte(body), nil); err != nil && len(list) > 0 {
			t.Errorf("%q is refused and has %q", body, list)
		}
		youngest([]byte(body))
		highestMajor(list)
		if base, n, ok := nextMajor(path, 1); ok && (n < 1 || base == "") {
			t.Errorf("nextMajor(%q) = %q, %d", path, base, n)
		}
	})
}
