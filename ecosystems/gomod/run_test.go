package gomod

import (
	"errors"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
)

// What the go command says, in its own words: what was refused, and what could not be found out.
func TestExplain(t *testing.T) {
	for _, c := range []struct{ stderr, code, text string }{
		{"go: m.test/m imports\n\ta.b/c/old: module a.b/c@latest found (v1.5.0), but does not contain package a.b/c/old\n", ecosystems.ToolFail, "m.test/m imports a.b/c/old: module a.b/c@latest found (v1.5.0), but does not contain package a.b/c/old"},
		{"go: a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 404 Not Found\n\tserver response: not found\n", ecosystems.ToolFail, "a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 404 Not Found server response: not found"},
		{"go: a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 410 Gone\n", ecosystems.ToolFail, "a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 410 Gone"},
		{"go: a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 403 Forbidden\n", "", "go mod tidy: a.b/c@v1.5.0: reading https://p.example/a.b/c/@v/v1.5.0.mod: 403 Forbidden"},
		{"go: a.b/c@v1.5.0: Get \"https://p.example/a.b/c/@v/v1.5.0.mod\": dial tcp 192.0.2.1:443: connect: connection refused\n", "", `go mod tidy: a.b/c@v1.5.0: Get "https://p.example/a.b/c/@v/v1.5.0.mod": dial tcp 192.0.2.1:443: connect: connection refused`},
		{"go: a.b/c@v1.5.0: module lookup disabled by GOPROXY=off\n", "", "go mod tidy: a.b/c@v1.5.0: module lookup disabled by GOPROXY=off"},
		{"go: downloading a.b/c v1.5.0\nverifying a.b/c@v1.5.0: checksum mismatch\n\tdownloaded: h1:x=\n\tgo.sum:     h1:y=\n\nSECURITY ERROR\nThis download does NOT match an earlier download.\n", ecosystems.ToolFail, "verifying a.b/c@v1.5.0: checksum mismatch downloaded: h1:x= go.sum:     h1:y="},
		{"go: a.b/c@v1.5.0 requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n", ecosystems.Drags, "a.b/c v1.5.0 requires go 1.99, and the go command here is 1.26.8"},
		{"go: m imports\n\ta.b/c imports\n\td.e/f: a.b/c@v1.5.0 requires\n\td.e/f@v1.1.0 requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n", ecosystems.Drags, "d.e/f v1.1.0 requires go 1.99, and the go command here is 1.26.8"},
		{"go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n", ecosystems.TooNew, "go.mod asks for go 1.99, and the go command here is 1.26.8"},
		{"go: module a.b/c: git ls-remote -q origin in /root/tree/x: GOVCS disallows using git for private a.b/c; see 'go help vcs'\n", ecosystems.ToolFail, "module a.b/c: git ls-remote -q origin in x: GOVCS disallows using git for private a.b/c; see 'go help vcs'"},
		{"", ecosystems.ToolFail, "it ended without a word"},
	} {
		f := &finisher{tree: &tree{root: "/root/tree"}}
		err := f.explain(&gocommand.Failure{Args: []string{"mod", "tidy"}, Stderr: c.stderr, Err: errors.New("exit status 1")})
		code := ""
		var no *ecosystems.Refusal
		if errors.As(err, &no) {
			code = no.Reason.Code
		}
		if want := strings.Join(strings.Fields(c.text), " "); code != c.code || err.Error() != want {
			t.Errorf("explain(%q)\n got %q %q\nwant %q %q", c.stderr, code, err, c.code, want)
		}
	}
}

var diffs = []struct{ diff, want string }{
	{"diff current/go.mod tidy/go.mod\n--- current/go.mod\n+++ tidy/go.mod\n@@ -1,3 +1,4 @@\n module m\n \n-\ta.b/c v1.0.0\n+\ta.b/c v1.0.0 // indirect\n+\n", "go.mod (-a.b/c v1.0.0 and 1 more)"},
	{"diff current/go.sum tidy/go.sum\n--- current/go.sum\n+++ tidy/go.sum\n@@ -1,1 +1,1 @@\n-a.b/c v1.0.0 h1:abc=\n", "go.sum (-a.b/c v1.0.0)"},
	{"diff current/go.sum tidy/go.sum\n+" + strings.Repeat("x", 200) + "\n", "go.sum (+" + strings.Repeat("x", 120) + "…)"},
	{"no diff at all\n+x\n", ""},
	{"diff \n+x\n", "diff (+x)"},
}

func TestSummary(t *testing.T) {
	for _, c := range diffs {
		if got := summary(c.diff); got != c.want {
			t.Errorf("summary(%q) = %q, want %q", c.diff, got, c.want)
		}
	}
}

func FuzzSummary(f *testing.F) {
	for _, c := range diffs {
		f.Add(c.diff)
	}
	f.Fuzz(func(t *testing.T, diff string) {
		if got := summary(diff); strings.Contains(got, "\n") {
			t.Errorf("summary(%q) = %q", diff, got)
		}
		readGraph(diff).toGo("a", "1.0")
	})
}

// A module is blamed by the shortest way to the version of Go; a graph may go in circles.
func TestGraph(t *testing.T) {
	g := readGraph("m a@v1.0.0\nm b@v1.0.0\na@v1.0.0 b@v1.0.0\nb@v1.0.0 a@v1.0.0\nb@v1.0.0 c@v1.0.0\na@v1.0.0 go@1.20\nc@v1.0.0 d@v1.0.0\nd@v1.0.0 go@1.23.0\nx@v1.0.0 go@1.21\nnonsense\n")
	for _, c := range []struct{ from, want string }{
		{"a@v1.0.0", "a v1.0.0 leads to d v1.0.0, which requires go 1.23.0"}, // the middle is left out
		{"d@v1.0.0", "d v1.0.0 requires go 1.23.0"},
		{"c@v1.0.0", "c v1.0.0 requires d v1.0.0, which requires go 1.23.0"},
		{"x@v1.0.0", ""},
		{"gone@v1.0.0", ""},
	} {
		if got := describeChain(g.toGo(c.from, "1.21")); got != c.want {
			t.Errorf("from %s: %q, want %q", c.from, got, c.want)
		}
	}
}
