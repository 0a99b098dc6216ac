package gitrefs

import (
	"fmt"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A backend is git's own server for smart HTTP, and the repositories that it serves.
type backend struct {
	t    *testing.T
	root string
}

// newBackend skips the test where there is no git http-backend.
func newBackend(t *testing.T) *backend {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
	b := &backend{t, t.TempDir()}
	if _, err := os.Stat(b.program()); err != nil {
		t.Skipf("there is no git http-backend here: %v", err)
	}
	return b
}

func (b *backend) program() string {
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		b.t.Skipf("git --exec-path: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
}

// git runs git in the work tree of a repository and returns what it prints.
func (b *backend) git(repo string, args ...string) string {
	b.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", filepath.Join(b.root, repo)}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// repository makes a repository with a commit on main.
func (b *backend) repository(name string, args ...string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.root, name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.git(name, append([]string{"init", "-q", "-b", "main"}, args...)...)
	b.commit(name, "first")
}

// commit makes a commit and returns its name.
func (b *backend) commit(repo, text string) string {
	b.t.Helper()
	b.git(repo, "commit", "-q", "--allow-empty", "-m", text)
	return b.git(repo, "rev-parse", "HEAD")
}

// serve serves the repositories; without version 2 as servers of old do.
func (b *backend) serve(version2 bool) string {
	h := &cgi.Handler{Path: b.program(), Env: []string{"GIT_PROJECT_ROOT=" + b.root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"}, Stderr: os.Stderr}
	return serve(b.t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := *h
		if said := r.Header.Get("Git-Protocol"); said != "" && version2 {
			h.Env = append(h.Env, "GIT_PROTOCOL="+said)
		}
		r.Header.Del("Git-Protocol")
		h.ServeHTTP(w, r)
	}))
}

// TestBackend: git's own server, by versions 2 and 0, with both kinds of tags,
// tags of tags, branches, and both formats of objects.
func TestBackend(t *testing.T) {
	b := newBackend(t)
	for _, format := range []string{"sha1", "sha256"} {
		repo := "acme/" + format
		b.repository(repo, "--object-format="+format)
		first := b.git(repo, "rev-parse", "HEAD")
		b.git(repo, "tag", "v1.0.0")
		second := b.commit(repo, "second")
		b.git(repo, "tag", "-a", "-m", "x", "v1.1.0")
		b.git(repo, "tag", "-a", "-m", "x", "v1", "v1.1.0")
		b.git(repo, "branch", "release/1", first)
		b.git(repo, "update-ref", "refs/pull/1/head", first)
		for _, version2 := range []bool{true, false} {
			url := b.serve(version2) + "/" + repo + "/.git"
			refs, err := source(t).Refs(t.Context(), url)
			if err != nil {
				t.Errorf("%s, version 2 %v: %v", format, version2, err)
				continue
			}
			object := func(tag string) string { return b.git(repo, "rev-parse", tag) }
			want := fmt.Sprintf("v1=%.4s(%.4s) v1.0.0=%.4s v1.1.0=%.4s(%.4s) | main=%.4s release/1=%.4s | main",
				second, object("v1"), first, second, object("v1.1.0"), second, first)
			if got := show(refs); got != want || refs.SHA != format || refs.URL != url {
				t.Errorf("%s, version 2 %v: %s of %s at %s, want %s", format, version2, got, refs.SHA, refs.URL, want)
			}
		}
	}
	if _, err := source(t).Refs(t.Context(), b.serve(true)+"/acme/none/.git"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error(err)
	}
}

// TestBackendReach: git's own server tells which commits no reference holds.
func TestBackendReach(t *testing.T) {
	b := newBackend(t)
	const repo = "acme/tool"
	b.repository(repo)
	first := b.git(repo, "rev-parse", "HEAD")
	var between string
	for n := range 5 {
		between = b.commit(repo, fmt.Sprint(n))
	}
	b.commit(repo, "last")
	b.git(repo, "tag", "v1")
	b.git(repo, "checkout", "-q", "-b", "side", first)
	side := b.commit(repo, "side")
	b.commit(repo, "side 2")
	b.git(repo, "tag", "-a", "-m", "x", "side-1") // only an annotated tag holds it
	b.git(repo, "checkout", "-q", "-b", "fork", first)
	b.commit(repo, "fork")
	fork := b.commit(repo, "fork 2")
	b.git(repo, "checkout", "-q", "main")
	b.git(repo, "branch", "-D", "side", "fork")
	b.git(repo, "update-ref", "refs/pull/7/head", fork) // as hosts keep it
	src := source(t)
	refs, err := src.Refs(t.Context(), b.serve(true)+"/"+repo+"/.git")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, commit string
		want         Reach
	}{
		{"the first of all", first, Reached}, {"inside of the history", between, Reached}, {"before a tag alone", side, Reached},
		{"of a fork", fork, Unreached}, {"of a fork, not its newest", b.git(repo, "rev-parse", fork+"^"), Unreached}, {"none", strings.Repeat("ab", 20), NoCommit},
	} {
		if got, err := src.Reach(t.Context(), refs, c.commit); err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

// TestBackendMany: 12,000 tags in one answer.
func TestBackendMany(t *testing.T) {
	b := newBackend(t)
	b.repository("many")
	head := b.git("many", "rev-parse", "HEAD")
	packed := strings.Builder{}
	packed.WriteString("# pack-refs with: peeled fully-peeled \n")
	for n := range 12_000 {
		fmt.Fprintf(&packed, "%s refs/tags/v1.%d.%d\n", head, n/100, n%100)
	}
	if err := os.WriteFile(filepath.Join(b.root, "many", ".git", "packed-refs"), []byte(packed.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	refs, err := source(t).Refs(t.Context(), b.serve(true)+"/many/.git")
	if err != nil || len(refs.Tags) != 12_000 {
		t.Fatalf("%v", err)
	}
	if tag, ok := refs.Tag("v1.119.99"); !ok || tag.Commit != head {
		t.Errorf("the last one: %+v", tag)
	}
}
