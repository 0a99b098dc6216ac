package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// A place is where versions are published, with one package of many versions.
type place struct {
	name, file, text string
	published        int
	release          string             // a line of a world, where %s stands for the versions; "" for the page of simple
	version          func(n int) string // in that line
}

func places() []place {
	return []place{
		{"image", "Dockerfile", "FROM p:1.2.3\n", 5_000, "image library/p 1.2.3 %s",
			func(n int) string { return fmt.Sprintf("%d.%d.%d-alpine3.%d", n/1000, n/50%20, n%50, n%7) }},
		{"python", "requirements.txt", "p==1.2.3\n", 2_000, "", nil},
		{"go", "go.mod", "module m\n\nrequire example.com/p v1.2.3\n", 5_000, "go example.com/p v1.2.3 %s",
			func(n int) string { return fmt.Sprintf("v1.%d.%d", n/50, n%50) }},
		{"git", ".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - uses: acme/p@v1.2.3\n", 5_000, "git acme/p v1.2.3=" + strings.Repeat("a", 40) + " %s",
			func(n int) string { return fmt.Sprintf("v%d.%d.%d=%040x", n/1000, n/50%20, n%50, n) }},
	}
}

// mostPerCandidate is the budget of a version, in bytes.
const mostPerCandidate = 500

// TestCandidates holds the budget, cold and out of the cache on disk.
func TestCandidates(t *testing.T) {
	for _, p := range places() {
		env, dir := p.start(t), t.TempDir()
		for _, how := range []string{"cold", "cached"} {
			if got := p.perCandidate(t, env, dir); got > mostPerCandidate {
				t.Errorf("%s, %s: a candidate costs %.0f bytes, more than %d", p.name, how, got, mostPerCandidate)
			}
		}
	}
}

// BenchmarkCandidates prints what one version costs in memory while a run goes
// on: in the listing, and in what the ecosystem remembers beside it. The answers
// of servers, of which the client keeps 16 MiB whatever is asked, do not count.
func BenchmarkCandidates(b *testing.B) {
	for _, p := range places() {
		b.Run(p.name, func(b *testing.B) {
			env, dir := p.start(b), b.TempDir()
			for b.Loop() {
				b.ReportMetric(p.perCandidate(b, env, dir), "B/candidate")
				b.ReportMetric(p.perCandidate(b, env, dir), "B/candidate-cached")
			}
		})
	}
}

// start serves the place, and returns the environment in which it is found.
func (p place) start(tb testing.TB) map[string]string {
	var versions []string
	for n := range p.published {
		if p.version != nil {
			versions = append(versions, p.version(n))
		}
	}
	w, err := world.Parse(strings.ReplaceAll(p.release, "%s", strings.Join(versions, " ")))
	if err != nil {
		tb.Fatal(err)
	}
	w.Images.PageSize = 0
	env := w.Start()
	tb.Cleanup(w.Stop)
	if p.version == nil {
		index := httptest.NewServer(http.HandlerFunc(p.simple))
		tb.Cleanup(index.Close)
		env["PIP_INDEX_URL"] = index.URL + "/simple/"
	}
	return env
}

// perCandidate looks the package up, and returns what a version of it costs, in bytes.
func (p place) perCandidate(tb testing.TB, env map[string]string, dir string) float64 {
	tb.Helper()
	tree := fstest.MapFS{p.file: {Data: []byte(p.text)}}
	client := fetch.New(fetch.Options{CacheDir: dir, Lifetime: time.Hour, Memory: 1})
	images, _ := strings.CutPrefix(env["FRESHPIN_REGISTRY_MIRRORS"], "docker.io=")
	git, _ := strings.CutPrefix(env["FRESHPIN_GIT_MIRRORS"], "github.com=")
	list := all.New(all.Options{
		HTTP: client, Mirrors: map[string]string{"docker.io": images}, Git: all.Git{Mirrors: map[string]string{"github.com": git}},
		Getenv: func(name string) string { return env[name] },
	})
	for _, eco := range list {
		if !eco.Match(p.file) {
			continue
		}
		deps, err := eco.Extract(tree, p.file)
		if err != nil || len(deps) == 0 {
			continue
		}
		before := heap()
		listing, err := eco.Versions(tb.Context(), deps[0].Package)
		if err != nil || len(listing.Candidates) < p.published {
			tb.Fatalf("%d candidates of %s: %v", len(listing.Candidates), deps[0].Package.Name, err)
		}
		grown := heap() - before
		runtime.KeepAlive(listing)
		runtime.KeepAlive(list)
		return grown / float64(len(listing.Candidates))
	}
	tb.Fatalf("nothing reads %s", p.file)
	return 0
}

// heap returns the bytes in use.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// simple is the page of a project whose releases have ten wheels each.
func (p place) simple(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	fmt.Fprint(w, `{"meta":{"api-version":"1.1"},"name":"p","files":[`)
	for n := range p.published {
		v := fmt.Sprintf("%d.%d.%d", n/400, n/20%20, n%20)
		for f := range 10 {
			name := fmt.Sprintf("p-%s-cp3%d-cp3%d-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", v, f, f)
			if n+f > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"filename":%q,"url":"https://files.example/packages/%02x/%02x/%060x/%s","hashes":{"sha256":"%064x"},"requires-python":">=3.8","upload-time":"2024-01-02T03:04:05.678901Z","core-metadata":{"sha256":"%064x"},"yanked":false}`,
				name, n%256, f, n*100+f, name, n*100+f, n*100+f)
		}
	}
	fmt.Fprint(w, `]}`)
}
