package gomod

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
)

// published is what the module proxy of the tests has: by module and version,
// the go line, what it requires and the packages below its root.
var published = []struct {
	path, version, language string
	requires                []string
	packages                []string
}{
	{"a.test/lib", "v1.0.0", "1.21", []string{"b.test/dep v1.0.0"}, []string{"", "old"}},
	{"a.test/lib", "v1.1.0", "1.21", []string{"b.test/dep v1.1.0"}, []string{"", "old"}},
	{"a.test/lib", "v1.2.0", "1.21", []string{"b.test/dep v1.1.0"}, []string{""}}, // without old
	{"b.test/dep", "v1.0.0", "1.21", nil, []string{""}},
	{"b.test/dep", "v1.1.0", "1.21", nil, []string{""}},
	{"b.test/dep", "v1.2.0", "1.22", nil, []string{""}}, // raises the go line
	{"c.test/far", "v1.0.0", "1.21", nil, []string{""}},
	{"c.test/far", "v1.1.0", "1.21", []string{"b.test/dep v1.2.0"}, []string{""}}, // raises it through another
	{"c.test/far", "v1.2.0", "1.999", nil, []string{""}},                          // for a newer go command
	{"d.test/fork", "v1.0.0", "1.21", nil, []string{""}},
	{"d.test/fork", "v1.1.0", "1.21", []string{"c.test/far v1.0.0"}, []string{""}},
	{"e.test/broken", "v1.0.0", "1.21", nil, []string{""}},
	{"e.test/broken", "v1.1.0", "1.21", []string{"none.test/gone v1.0.0"}, []string{""}},
	{"e.test/broken", "v1.2.0", "1.21", nil, []string{""}}, // the proxy fails
}

// proxy starts the module proxy.
func proxy(t testing.TB) string {
	t.Helper()
	s := &goproxyserver.Server{}
	for _, p := range published {
		m := goproxyserver.Module{Version: p.version, GoMod: fmt.Sprintf("module %s\n\ngo %s\n", p.path, p.language), Files: map[string]string{}}
		imports := ""
		for _, r := range p.requires {
			name, _, _ := strings.Cut(r, " ")
			m.GoMod += "\nrequire " + r + "\n"
			imports += fmt.Sprintf("\nimport _ %q\n", name)
		}
		for _, name := range p.packages {
			m.Files[strings.TrimPrefix(name+"/x.go", "/")] = fmt.Sprintf("package x\n%s\nconst Version = %q\n", imports, p.version)
			imports = ""
		}
		s.Add(p.path, m)
	}
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "e.test/broken/@v/v1.2.0") {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// tool returns a go command that knows nothing but the proxy.
func tool(t testing.TB, proxy, cache string) *gocommand.Tool {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	put(t, cache, "nobody/.config/go/telemetry/mode", "off") // or it writes there when the test is over
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": filepath.Join(cache, "nobody"), "GOENV": "off",
		"GOPROXY": proxy + ",direct", "GOSUMDB": "off", "GONOSUMDB": "*", "GOROOT": os.Getenv("GOROOT"),
		"GOFLAGS": "-mod=vendor -tags=never", "GITHUB_TOKEN": "secret",
	}
	return gocommand.New(gocommand.Options{Getenv: func(name string) string { return env[name] }, Cache: cache})
}

// A story is a repository, moves, and what is to come of them.
type story struct {
	manifest, refused, text, fails, tidied string
	moves, changes                         []string
	setup, check                           [][]string // go commands before and behind, the folder first; "work:FOLDER" in the workspace
	crlf                                   bool
	files, want                            map[string]string
}

func readStory(t testing.TB, file string) (s story) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = story{manifest: "go.mod", files: map[string]string{}, want: map[string]string{}}
	for line := range strings.Lines(string(a.Comment)) {
		word, rest, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		switch word {
		case "manifest":
			s.manifest = rest
		case "move":
			s.moves = append(s.moves, rest)
		case "refused":
			s.refused = rest
		case "text":
			s.text = rest
		case "fails":
			s.fails = rest
		case "tidied":
			s.tidied = rest
		case "changes":
			s.changes = strings.Fields(rest)
		case "setup":
			s.setup = append(s.setup, strings.Fields(rest))
		case "check":
			s.check = append(s.check, strings.Fields(rest))
		case "lines":
			s.crlf = rest == "CR LF"
		default:
			t.Fatalf("%s: what is %q?", file, word)
		}
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
			s.want[name] = string(f.Data)
		} else {
			s.files[f.Name] = string(f.Data)
		}
	}
	return s
}

// Every story in testdata/finish: the go command itself, against a proxy of ours.
func TestFinish(t *testing.T) {
	url, cache := proxy(t), t.TempDir()
	files, err := filepath.Glob("testdata/finish/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			readStory(t, file).play(t, tool(t, url, cache))
		})
	}
}

func (s story) play(t *testing.T, tool *gocommand.Tool) {
	dir := t.TempDir()
	s.write(t, dir, tool)
	before := snapshot(t, dir)
	e := New(nil, tool)
	done, err := e.Finish(t.Context(), dir, s.manifest, plan(t, e, dir, s.manifest, s.moves))
	changes := done.Changes
	after := snapshot(t, dir)
	if s.refused != "" || s.fails != "" {
		s.checkError(t, err, dir)
		if !maps.Equal(before, after) {
			t.Errorf("the copy is not as it was: %v", differing(before, after))
		}
		return
	}
	if err != nil {
		t.Fatalf("Finish: %v", err)
	}
	if done.Tidied != s.tidied {
		t.Errorf("tidied %q, want %q", done.Tidied, s.tidied)
	}
	var got []string
	for _, c := range changes {
		sign := ""
		if _, had := before[c.Path]; !had {
			sign = "+"
		}
		if c.Delete {
			sign = "-"
		} else if after[c.Path] != string(c.Data) {
			t.Errorf("%s is not in the copy as it was returned", c.Path)
		}
		got = append(got, sign+c.Path)
	}
	if !slices.Equal(got, s.changes) {
		t.Errorf("changes %q, want %q", got, s.changes)
	}
	if all := differing(before, after); len(all) != len(changes) {
		t.Errorf("%q differ in the copy, and %q were returned", all, got)
	}
	for _, args := range s.check {
		command(t, tool, dir, args)
	}
	for name, want := range s.want {
		if got := after[name]; got != s.ends(want) {
			t.Errorf("%s is\n%q\nwant\n%q", name, got, s.ends(want))
		}
	}
}

// ends gives a text the line ends of the story.
func (s story) ends(text string) string {
	if s.crlf {
		return strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// write writes the files of the story, and lets the go command add to them.
func (s story) write(t testing.TB, dir string, tool *gocommand.Tool) {
	t.Helper()
	for name, data := range s.files {
		put(t, dir, name, data)
	}
	for _, args := range s.setup {
		command(t, tool, dir, args)
	}
	if s.crlf {
		for name, data := range snapshot(t, dir) {
			put(t, dir, name, s.ends(data))
		}
	}
}

// command runs a go command of the story.
func command(t testing.TB, tool *gocommand.Tool, dir string, args []string) {
	t.Helper()
	folder, inWork := strings.CutPrefix(args[0], "work:")
	c := gocommand.Command{Dir: filepath.Join(dir, folder), Args: args[1:]}
	if inWork {
		c.Work = filepath.Join(dir, "go.work")
	}
	if _, err := tool.Run(t.Context(), c); err != nil {
		t.Errorf("go %s: %v", strings.Join(args[1:], " "), err)
	}
}

func put(t testing.TB, dir, name, data string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s story) checkError(t *testing.T, err error, dir string) {
	t.Helper()
	var no *ecosystems.Refusal
	got := ""
	if errors.As(err, &no) {
		got = strings.Join(append([]string{no.Reason.Code}, no.Moves...), " ")
	}
	if got != s.refused {
		t.Errorf("refused %q, want %q: %v", got, s.refused, err)
	}
	text := fmt.Sprint(err)
	if want := cmp.Or(s.text, s.fails); want != "" && !regexp.MustCompile("^(?:"+want+")$").MatchString(text) {
		t.Errorf("error %q, want %q", text, want)
	}
	if strings.Contains(text, dir) || strings.Contains(text, "\n") {
		t.Errorf("error %q names the folder or has several lines", text)
	}
}

// plan makes moves from "NAME VERSION".
func plan(t testing.TB, e *Ecosystem, dir, manifest string, lines []string) (moves []ecosystems.Move) {
	t.Helper()
	deps, err := e.Extract(os.DirFS(dir), manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, " ")
		text, security := strings.CutSuffix(text, " (security)")
		i := slices.IndexFunc(deps, func(d ecosystems.Dependency) bool { return d.Name == name && d.Skip.Code != ecosystems.Replaced })
		if i < 0 {
			t.Fatalf("%s is not in %s", name, manifest)
		}
		to, ok := gosemver.Parse(text)
		if name == toolchain {
			to, ok = gosemver.ParseToolchain(text)
		}
		if !ok {
			t.Fatalf("%s is no version", text)
		}
		moves = append(moves, ecosystems.Move{Dependency: deps[i], To: ecosystems.Target{Version: to}, Security: security})
	}
	return moves
}

// snapshot reads a folder.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		rel, _ := filepath.Rel(dir, file)
		all[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func differing(a, b map[string]string) (names []string) {
	for name := range a {
		if data, ok := b[name]; !ok || data != a[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

const simple = "module m.test/m\n\ngo 1.21\n\nrequire a.test/lib v1.0.0\n"

// Without a go command nothing is done, but the toolchain line needs none.
func TestFinishWithoutTool(t *testing.T) {
	for _, tool := range []*gocommand.Tool{nil, gocommand.New(gocommand.Options{Getenv: func(string) string { return "" }})} {
		dir := t.TempDir()
		put(t, dir, "go.mod", simple+"\ntoolchain go1.22.1\n")
		e := New(nil, tool)
		_, err := e.Finish(t.Context(), dir, "go.mod", plan(t, e, dir, "go.mod", []string{"a.test/lib v1.1.0", "toolchain go1.22.2"}))
		var no *ecosystems.Refusal
		if !errors.As(err, &no) || no.Reason.Code != ecosystems.NoTool || no.Reason.Text != "no go command here, so go.mod is not updated" {
			t.Errorf("without a go command: %v", err)
		}
		done, err := e.Finish(t.Context(), dir, "go.mod", plan(t, e, dir, "go.mod", []string{"toolchain go1.22.2"}))
		changes := done.Changes
		if err != nil || len(changes) != 1 || string(changes[0].Data) != simple+"\ntoolchain go1.22.2\n" {
			t.Errorf("toolchain: %v, %v", changes, err)
		}
	}
}

// A proxy that never answers does not hold the caller for ever, and leaves the copy as it was.
func TestFinishTimeout(t *testing.T) {
	asked, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(release)
	dir := t.TempDir()
	put(t, dir, "go.mod", simple)
	put(t, dir, "m.go", "package m\n\nimport _ \"a.test/lib\"\n")
	before := snapshot(t, dir)
	e := New(nil, tool(t, server.URL, t.TempDir()))
	moves := plan(t, e, dir, "go.mod", []string{"a.test/lib v1.1.0"})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := e.Finish(ctx, dir, "go.mod", moves); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	short := gocommand.New(gocommand.Options{Getenv: os.Getenv, Cache: t.TempDir(), Limit: time.Nanosecond})
	if _, err := New(nil, short).Finish(t.Context(), dir, "go.mod", moves); err == nil {
		t.Error("the limit is not kept")
	}
	if after := snapshot(t, dir); !maps.Equal(before, after) {
		t.Errorf("the copy is not as it was: %v", differing(before, after))
	}
}

// The moves of one module change another one, whose own moves were planned before.
func TestFinishTwice(t *testing.T) {
	s := readStory(t, "testdata/finish/work.txtar")
	dir := t.TempDir()
	tool := tool(t, proxy(t), t.TempDir())
	s.write(t, dir, tool)
	e := New(nil, tool)
	second := plan(t, e, dir, "b/go.mod", []string{"b.test/dep v1.0.0"})
	put(t, dir, "a/go.mod", "// A line more.\n"+snapshot(t, dir)["a/go.mod"])
	for _, manifest := range []string{"a/go.mod", "b/go.mod"} {
		moves := second
		if manifest == "a/go.mod" {
			moves = plan(t, e, dir, manifest, s.moves)
		}
		if _, err := e.Finish(t.Context(), dir, manifest, moves); err != nil {
			t.Fatalf("%s: %v", manifest, err)
		}
	}
	if got := snapshot(t, dir)["b/go.mod"]; got != s.want["b/go.mod"] {
		t.Errorf("b/go.mod is %q, want %q", got, s.want["b/go.mod"])
	}
}

// Nothing is read or written through a symbolic link.
func TestFinishLinks(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "go.sum", "")
	put(t, outside, "go.mod", simple)
	for name, target := range map[string]string{"go.sum": "go.sum", "vendor": ""} {
		dir := t.TempDir()
		put(t, dir, "go.mod", simple)
		put(t, outside, "modules.txt", "")
		if err := os.Symlink(filepath.Join(outside, target), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
		e := New(nil, tool(t, proxy(t), t.TempDir()))
		put(t, dir, "m.go", "package m\n")
		_, err := e.Finish(t.Context(), dir, "go.mod", plan(t, e, dir, "go.mod", []string{"a.test/lib v1.1.0"}))
		var no *ecosystems.Refusal
		if !errors.As(err, &no) {
			t.Errorf("%s: %v", name, err)
		}
		if got := snapshot(t, outside); len(got) != 3 || got["go.sum"] != "" {
			t.Errorf("%s: written outside: %q", name, got)
		}
	}
}

// BenchmarkFinish takes a module whose versions are all in the cache.
func BenchmarkFinish(b *testing.B) {
	tool := tool(b, proxy(b), b.TempDir())
	for _, name := range []string{"simple", "vendor", "work"} {
		b.Run(name, func(b *testing.B) {
			s := readStory(b, "testdata/finish/"+name+".txtar")
			for b.Loop() {
				b.StopTimer()
				dir := b.TempDir()
				s.write(b, dir, tool)
				e := New(nil, tool)
				moves := plan(b, e, dir, s.manifest, s.moves)
				b.StartTimer()
				if _, err := e.Finish(b.Context(), dir, s.manifest, moves); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
