package updater_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
)

// modules is a proxy on which one update drags another dependency beyond its
// policy (greedy), one within (modest), one is broken (broken) and one is fine (plain).
func modules() *goproxyserver.Server {
	s := &goproxyserver.Server{}
	add := func(path, version, requires string, files map[string]string) {
		gomod := "module " + path + "\n\ngo 1.21\n"
		if requires != "" {
			gomod += "\nrequire " + requires + "\n"
		}
		s.Add(path, goproxyserver.Module{Version: version, GoMod: gomod, Files: files})
	}
	for _, name := range []string{"plain.test/m", "greedy.test/m", "modest.test/m", "broken.test/m", "dep.test/m", "far.test/m"} {
		add(name, "v1.0.0", "", nil)
	}
	add("plain.test/m", "v1.0.1", "", nil)
	add("dep.test/m", "v1.0.1", "", nil)
	add("dep.test/m", "v1.0.2", "", nil)
	add("far.test/m", "v1.4.0", "", nil)
	uses := func(path string) map[string]string {
		return map[string]string{"m.go": "package m\n\nimport _ \"" + path + "\"\n"}
	}
	add("greedy.test/m", "v1.0.1", "far.test/m v1.4.0", uses("far.test/m"))
	add("modest.test/m", "v1.0.1", "dep.test/m v1.0.2", uses("dep.test/m"))
	add("broken.test/m", "v1.0.1", "", uses("broken.test/m/gone"))
	for _, version := range []string{"v1.0.0", "v1.0.1"} {
		add("later.test/m", version, "", nil)
	}
	for _, version := range []string{"v1.0.2", "v1.0.3"} {
		add("later.test/m", version, "far.test/m v1.4.0", uses("far.test/m"))
	}
	return s
}

// goTree is a repository whose modules are tidy.
func goTree(t *testing.T, proxy string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name := range files {
		if path, ok := strings.CutSuffix(name, "go.mod"); ok {
			goRun(t, filepath.Join(dir, path), proxy, "mod", "tidy")
		}
	}
	return dir
}

func goRun(t *testing.T, dir, proxy string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY="+proxy, "GOSUMDB=off", "GONOPROXY=none", "GOFLAGS=-modcacherw -mod=mod", "GOWORK=off", "GOTOOLCHAIN=local",
		"GOPATH="+filepath.Join(os.TempDir(), "gopath"), "GOMODCACHE=", "GOENV=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestWriteGo lets the go command itself make updates, refuse them and drag others along.
func TestWriteGo(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to make the updates")
	}
	require := func(names ...string) string {
		text := "module m.test/m\n\ngo 1.21\n\nrequire (\n"
		for _, n := range names {
			text += "\t" + n + ".test/m v1.0.0\n"
		}
		return text + ")\n"
	}
	imports := func(names ...string) string {
		text := "package m\n\nimport (\n"
		for _, n := range names {
			text += "\t_ \"" + n + ".test/m\"\n"
		}
		return text + ")\n"
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // without the go.sum files
	}{
		{"one of each", map[string]string{
			"go.mod": require("broken", "dep", "far", "greedy", "modest", "plain"), "m.go": imports("broken", "dep", "far", "greedy", "modest", "plain"),
			".freshpin.yaml": "rules: [{match: {name: dep.test/m}, cooldown: {packages: 30000d}}]\n",
		}, `made modest.test/m v1.0.1 patch
made plain.test/m v1.0.1 patch
held broken.test/m tool-fail
dragged go.mod:7 dep.test/m v1.0.0 v1.0.2 (patch)
`},
		{"golang/go #26474: what drags falls back to what does not", map[string]string{
			"go.mod": require("far", "later"), "m.go": imports("far", "later"),
		}, `made later.test/m v1.0.1 patch
`},
		{"two modules of a workspace", map[string]string{
			"go.work":  "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n",
			"a/go.mod": require("dep", "modest"), "a/m.go": imports("dep", "modest"),
			"b/go.mod": strings.ReplaceAll(require("dep", "plain"), "m.test/m\n\ngo", "m.test/b\n\ngo"), "b/m.go": imports("dep", "plain"),
		}, `made dep.test/m v1.0.2 patch
made modest.test/m v1.0.1 patch
made dep.test/m v1.0.2 patch
made plain.test/m v1.0.1 patch
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			server := httptest.NewServer(modules())
			defer server.Close()
			dir := goTree(t, server.URL, c.files)
			env := map[string]string{"GOPROXY": server.URL, "GOSUMDB": "off", "GONOPROXY": "none", "PATH": os.Getenv("PATH"), "HOME": ecosystemtest.UserHome(t)}
			ecos := all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: func(name string) string { return env[name] }, GoCache: filepath.Join(t.TempDir(), "go")})
			tree := plan.Tree{FS: os.DirFS(dir), Rules: config.Load(os.DirFS(dir), config.Overrides{})}
			p, err := (&updater.Planner{Ecosystems: ecos, Now: now}).Plan(t.Context(), []plan.Tree{tree})
			if err != nil {
				t.Fatal(err)
			}
			w, err := edit.Write(t.Context(), tree, p.Items, now)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for line := range strings.Lines(outcome(w)) {
				if word, _, _ := strings.Cut(line, " "); word == "held" {
					line, _, _ = strings.Cut(line, ":")
					line += "\n"
				} else if strings.HasSuffix(word, ":") {
					continue
				}
				lines = append(lines, line)
			}
			if diff := cmp.Diff(c.want, strings.Join(lines, "")); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, outcome(w))
			}
			for _, f := range w.Files {
				if err := os.WriteFile(filepath.Join(dir, f.Path), f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for name := range c.files {
				if path, ok := strings.CutSuffix(name, "go.mod"); ok {
					goRun(t, filepath.Join(dir, path), server.URL, "mod", "tidy", "-diff")
					goRun(t, filepath.Join(dir, path), server.URL, "mod", "verify")
					goRun(t, filepath.Join(dir, path), server.URL, "build", "./...")
				}
			}
		})
	}
}
