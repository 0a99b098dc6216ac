package gocommand

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/confine"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

func TestIndirect(t *testing.T) {
	for list, want := range map[string]string{
		"":                                     "off",
		"direct":                               "off",
		"off":                                  "off",
		"https://p.example,direct":             "https://p.example",
		"https://p.example|direct":             "https://p.example",
		"https://p.example , direct ":          "https://p.example",
		"https://p.example|https://q.example,": "https://p.example|https://q.example",
		"https://u:p@p.example,https://q.example,off,https://r.example": "https://u:p@p.example,https://q.example",
		"direct,https://p.example":                                      "off", // the second would never be asked
		"file:///mirror,https://directory.example":                      "file:///mirror,https://directory.example",
	} {
		if got := goenv.Join(indirect(list)); got != want {
			t.Errorf("indirect(%q) = %q, want %q", list, got, want)
		}
	}
}

const maxSentence = 300 // of confine.Sentence

func TestSentence(t *testing.T) {
	for _, c := range []struct{ stderr, want string }{
		{"", "it ended without a word"},
		{"go: downloading a.b/c v1.0.0\n", "it ended without a word"},
		{"go: downloading a.b/c v1.0.0\ngo: finding module for package a.b/c/old\ngo: m imports\n\ta.b/c/old: module a.b/c@latest found (v1.5.0), but does not contain package a.b/c/old\ngo: other\n",
			"m imports a.b/c/old: module a.b/c@latest found (v1.5.0), but does not contain package a.b/c/old"},
		{"go: reading https://user:pass@p.example/a.b/c/@v/v1.0.0.mod: 404 Not Found\n", "reading https://p.example/a.b/c/@v/v1.0.0.mod: 404 Not Found"},
		{"go: /tmp/x/go.mod: no such file in /tmp/x\n", "go.mod: no such file in ."},
		{"go: one\x1b[31m\u202ered\r\n\tmore\n", "one [31m red more"},
		{strings.Repeat("é", 1000), strings.Repeat("é", maxSentence) + "…"},
	} {
		if got := Sentence(c.stderr, "/tmp/x"); got != c.want {
			t.Errorf("Sentence(%q) = %q, want %q", c.stderr, got, c.want)
		}
	}
}

func FuzzSentence(f *testing.F) {
	f.Add("go: a\n\tb\n")
	f.Add("\x7f")
	f.Add("go: https://a:b@c/\x00\n")
	f.Fuzz(func(t *testing.T, stderr string) {
		got := Sentence(stderr, "/tmp/x")
		if got == "" || utf8.RuneCountInString(got) > maxSentence+1 || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Sentence(%q) = %q", stderr, got)
		}
	})
}

// script makes a go command that is a shell script. "go env" answers as the real one does.
func script(t *testing.T, body string) (path string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell here")
	}
	dir := t.TempDir()
	text := "#!/bin/sh\nif [ \"$1\" = env ]; then echo '{\"GOVERSION\":\"go1.30\",\"GOPROXY\":\"https://p.example,direct\",\"GOSUMDB\":\"sum.example\",\"GOPRIVATE\":\"corp.example\",\"GOVCS\":\"all\"}'; exit; fi\n" + body
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

// The go command sees what it needs of the environment, and nothing else.
func TestEnvironment(t *testing.T) {
	operator := map[string]string{
		"PATH": script(t, "/usr/bin/env\n"), "HOME": "/home/op", "GITHUB_TOKEN": "secret", "GOFLAGS": "-toolexec=evil", "GOTOOLCHAIN": "auto",
		"GOENV": "/home/op/env", "GOAUTH": "evil", "HTTPS_PROXY": "http://out.example", "SSH_AUTH_SOCK": "/sock", "GOCACHEPROG": "evil", "GOMODCACHE": "/other",
	}
	getenv := func(name string) string { return operator[name] }
	cache := t.TempDir()
	for _, direct := range []bool{false, true} {
		out, err := New(Options{Getenv: getenv, Cache: cache, Direct: direct}).Run(t.Context(), Command{Dir: cache, Args: []string{"mod", "tidy"}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			name, value, _ := strings.Cut(line, "=")
			got[name] = value
		}
		want := map[string]string{
			"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw -mod=mod", "GOWORK": "off", "GOENV": "off", "CGO_ENABLED": "0", "GOPRIVATE": "corp.example", "GONOPROXY": "none", "GOMODCACHE": filepath.Join(cache, "mod"), "NETRC": "", "NO_PROXY": "",
			"GOVCS": "*:off", "HOME": filepath.Join(cache, "home"), "SSH_AUTH_SOCK": "", "GITHUB_TOKEN": "", "GOCACHEPROG": "", "GOAUTH": "off",
		}
		if !direct {
			for name, form := range map[string]string{"GOPROXY": "^HERE/[A-Z0-9]{26}/0$", "GOSUMDB": "^sum.example HERE/[A-Z0-9]{26}/sums$", "HTTPS_PROXY": "^HERE$", "HTTP_PROXY": "^HERE$", "ALL_PROXY": "^HERE$"} {
				if form = strings.ReplaceAll(form, "HERE", `http://127\.0\.0\.1:\d+`); !regexp.MustCompile(form).MatchString(got[name]) {
					t.Errorf("%s=%q, want %s", name, got[name], form)
				}
			}
		}
		if direct {
			want["HTTPS_PROXY"], want["HTTP_PROXY"], want["NETRC"], want["GONOPROXY"], want["GOSUMDB"] = "http://out.example", "", "/home/op/.netrc", "", "sum.example"
			want["GOPROXY"], want["GOVCS"], want["HOME"], want["SSH_AUTH_SOCK"], want["GOAUTH"] = "https://p.example,direct", "all", "/home/op", "/sock", ""
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if got[name] != want[name] {
				t.Errorf("direct %v: %s=%q, want %q", direct, name, got[name], want[name])
			}
		}
		if strings.Contains(string(out), "secret") {
			t.Error("the token is in the environment")
		}
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "tmp", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNone(t *testing.T) {
	for _, path := range []string{"", ".", "bin", t.TempDir()} {
		tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }})
		if _, err := tool.Version(t.Context()); !errors.Is(err, ErrNone) {
			t.Errorf("PATH=%q: %v", path, err)
		}
	}
}

// What the command prints is bounded, and so is what it says of a failure.
func TestOutput(t *testing.T) {
	path := script(t, "echo 1234567890; echo 'go: no' >&2; exit 3\n")
	tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: t.TempDir(), Output: 4})
	_, err := tool.Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
	var failed *Failure
	if !errors.As(err, &failed) || string(failed.Stdout) != "1234" || failed.Stderr != "go: " {
		t.Errorf("%v, %+v", err, failed)
	}
}

// Whatever the go command started ends with it.
func TestGroup(t *testing.T) {
	dir := t.TempDir()
	alive, never := filepath.Join(dir, "alive"), filepath.Join(dir, "never")
	if err := mkfifo(alive); err != nil {
		t.Skip(err)
	}
	if err := mkfifo(never); err != nil {
		t.Skip(err)
	}
	path := script(t, "exec 3>'"+alive+"'\n(cat '"+never+"') &\necho started >&3\nwait\n")
	tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: dir})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := tool.Run(ctx, Command{Dir: dir, Args: []string{"mod", "tidy"}})
		result <- err
	}()
	f, err := os.Open(alive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if n, err := f.Read(make([]byte, 100)); err == nil { // returns when no process has the other end open
		t.Errorf("%d bytes of a command that was ended", n)
	}
}

// TestDisk: a module whose archive never ends does not fill the disk.
func TestDisk(t *testing.T) {
	tool, err := goenv.Find(os.Getenv("PATH"))
	if err != nil {
		t.Skip("no go command here")
	}
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Ext(r.URL.Path) {
		case ".info":
			_, _ = w.Write([]byte(`{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}`))
		case ".mod":
			_, _ = w.Write([]byte("module example.test/x\n"))
		default:
			for block := make([]byte, 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	}))
	t.Cleanup(endless.Close)
	env := map[string]string{"PATH": filepath.Dir(tool) + string(filepath.ListSeparator) + os.Getenv("PATH"), "GOPROXY": endless.URL, "GOSUMDB": "off", "HOME": ecosystemtest.UserHome(t)}
	o := Options{Getenv: func(name string) string { return env[name] }, Cache: t.TempDir(), Disk: 32 << 20, Limit: time.Minute}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.test/me\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = New(o).Run(t.Context(), Command{Dir: dir, Args: []string{"mod", "download", "example.test/x@v1.0.0"}})
	if err == nil || runtime.GOOS == "linux" && !strings.Contains(err.Error(), "file too large") && !errors.Is(err, confine.ErrBeyond) {
		t.Fatalf("an archive without an end: %v", err)
	}
	var size int64
	_ = filepath.WalkDir(o.Cache, func(_ string, d fs.DirEntry, err error) error {
		if info, e := d.Info(); err == nil && e == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	if runtime.GOOS == "linux" && size > 600<<20 {
		t.Errorf("%d MiB are on the disk", size>>20)
	}
}

// TestStrict: nothing of the operator's logins reaches the go command.
func TestStrict(t *testing.T) {
	env := map[string]string{"NETRC": "/home/ada/.netrc", "HOME": "/home/ada", "GITHUB_TOKEN": "x", "FRESHPIN_WEBHOOK_SECRET": "x", "SSH_AUTH_SOCK": "x", "AWS_SECRET_ACCESS_KEY": "x"}
	o := Options{Getenv: func(name string) string { return env[name] }, Strict: true}
	for _, v := range (settings{env: map[string]string{}}).environment(o, home{cache: "/c", temp: "/t"}) {
		for name, value := range env {
			if strings.HasPrefix(v, name+"=") && strings.HasSuffix(v, "="+value) || strings.Contains(v, "netrc=") {
				t.Errorf("%s is passed on", v)
			}
		}
	}
}
