package pyproject

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/pyproject/uvcommand"
)

// withUV returns an ecosystem whose uv is a program for sh.
func withUV(t *testing.T, program string) *Ecosystem {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "uv"), []byte("#!/bin/sh\n"+program+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := dir + string(os.PathListSeparator) + os.Getenv("PATH")
	e := eco()
	e.uv = uvcommand.New(uvcommand.Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: t.TempDir()})
	return e
}

// renews is a uv that does as it is told: each --upgrade-package NAME==VERSION is written into the lock.
const renews = `
while [ $# -gt 0 ]; do
  if [ "$1" = --upgrade-package ]; then shift
    sed -i "/name = \"${1%%==*}\"/{n;s/version = \".*\"/version = \"${1##*==}\"/}" uv.lock; fi
  shift
done`

const (
	project = "[project]\nname = 'm'\nversion = '1'\ndependencies = ['idna==2.5', 'click>=6.7']\n[build-system]\nrequires = ['evil']\nbuild-backend = 'evil'\nbackend-path = ['.']\n[tool.uv]\nmanaged = true\n"
	lockOf1 = "version = 1\nrevision = 3\n\n[[package]]\nname = \"click\"\nversion = \"6.7\"\n\n[[package]]\nname = \"idna\"\nversion = \"2.5\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"m\"\nversion = \"1\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"idna\" }]\n"
)

// write writes a tree, and returns its folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// plan makes moves from "NAME VERSION".
func plan(t *testing.T, e *Ecosystem, dir, manifest string, lines ...string) (moves []ecosystems.Move) {
	t.Helper()
	list, err := e.Extract(os.DirFS(dir), manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, " ")
		for _, d := range list {
			if v, ok := pep440.Parse(text); ok && d.Name == name {
				moves = append(moves, ecosystems.Move{Dependency: d, To: ecosystems.Target{Version: v}})
			}
		}
	}
	if len(moves) != len(lines) {
		t.Fatalf("%d moves of %q", len(moves), lines)
	}
	return moves
}

func TestFinish(t *testing.T) {
	for _, c := range []struct {
		name, uv string
		moves    []string
		lock     string // beside the project; "" means lockOf1
		want     string // "CODE: TEXT" of a refusal, an error, or "" for none
		after    string // what uv.lock is then
	}{
		{"one", renews, []string{"idna 2.6"}, "", "", strings.Replace(lockOf1, "2.5", "2.6", 1)},
		{"two", renews, []string{"idna 2.6", "click 7.0"}, "", "", strings.NewReplacer("2.5", "2.6", "6.7", "7.0").Replace(lockOf1)},
		{"lines of Windows", renews, []string{"idna 2.6"}, strings.ReplaceAll(lockOf1, "\n", "\r\n"), "", strings.ReplaceAll(strings.Replace(lockOf1, "2.5", "2.6", 1), "\n", "\r\n")},
		{"another revision", renews + "\nsed -i 's/revision = 3/revision = 4/' uv.lock", []string{"idna 2.6"}, "", "", strings.NewReplacer("2.5", "2.6", "revision = 3", "revision = 4").Replace(lockOf1)},
		{"one that comes along", renews + "\nprintf '\\n[[package]]\\nname = \"new\"\\nversion = \"1\"\\n' >> uv.lock", []string{"idna 2.6"}, "", "", strings.Replace(lockOf1, "2.5", "2.6", 1) + "\n[[package]]\nname = \"new\"\nversion = \"1\"\n"},
		{"another that moves", "[ $# = 5 ] && exit 0" + renews + "\nsed -i 's/6.7/7.0/' uv.lock", []string{"idna 2.6"}, "", "drags: uv.lock would also move click 6.7 to 7.0", ""},
		{"a lock that was stale", renews + "\nsed -i 's/6.7/7.0/' uv.lock", []string{"idna 2.6"}, "", "not-tidy: uv.lock does not fit its pyproject.toml: uv lock would already move click 6.7 to 7.0", ""},
		{"one that does not move", "exit 0", []string{"idna 2.6"}, "", "tool-fail: uv leaves idna at 2.5 in uv.lock", ""},
		{"no solution", "printf '  × No solution found when resolving dependencies:\\n  ╰─▶ Because m depends on idna==2.6 and click<7\\n      requires idna<2.6, they are unsatisfiable.\\n\\n      hint: try another\\n' >&2; exit 1", []string{"idna 2.6"}, "",
			"tool-fail: No solution found when resolving dependencies: Because m depends on idna==2.6 and click<7 requires idna<2.6, they are unsatisfiable.", ""},
		{"no server", "printf 'error: Failed to fetch: `https://pypi.org/simple/idna/`\\n  Caused by: error sending request\\n' >&2; exit 2", []string{"idna 2.6"}, "",
			"uv lock: Failed to fetch: `https://pypi.org/simple/idna/` Caused by: error sending request", ""},
		{"a lock that is a link", "ln -sf /etc/hostname uv.lock", []string{"idna 2.6"}, "", "uv.lock is no file of at most 33554432 bytes", ""},
		{"no lock any more", "rm uv.lock", []string{"idna 2.6"}, "", "no such file", ""},
		// What the project is given: its files and no others, no build system, no way to the world.
		{"what it is given", `[ "$(find . -type f | sort | tr '\n' ' ')" = "./pyproject.toml ./uv.lock " ] && ! grep -q evil pyproject.toml && grep -q 'managed = true' pyproject.toml && [ "$UV_KEYRING_PROVIDER$NO_PROXY" = disabled ] && [ -z "$SECRET" ] || exit 1` + renews,
			[]string{"idna 2.6"}, "", "", strings.Replace(lockOf1, "2.5", "2.6", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.lock == "" {
				c.lock = lockOf1
			}
			t.Setenv("SECRET", "x")
			dir := write(t, map[string]string{"pyproject.toml": project, "uv.lock": c.lock, "evil.py": "", ".venv/bin/python": "#!/bin/sh", ".python-version": "./evil", "setup.py": ""})
			e := withUV(t, c.uv)
			done, err := e.Finish(t.Context(), dir, "pyproject.toml", plan(t, e, dir, "pyproject.toml", c.moves...))
			if got := shown(err); !strings.Contains(got, c.want) || c.want == "" && got != "" || strings.Contains(got, dir) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			is, _ := os.ReadFile(filepath.Join(dir, "uv.lock"))
			manifest, _ := os.ReadFile(filepath.Join(dir, "pyproject.toml"))
			if c.want != "" {
				if string(is) != c.lock || string(manifest) != project {
					t.Errorf("the copy is not as it was: %s\n%s", is, manifest)
				}
				return
			}
			if string(is) != c.after || !strings.Contains(string(manifest), "idna==2.6") || len(done.Changes) != 2 || string(done.Changes[1].Data) != c.after {
				t.Errorf("uv.lock is\n%s\nwant\n%s\nin %d changes", is, c.after, len(done.Changes))
			}
			if want := c.name == "another revision"; (done.Tidied == "uv.lock (revision 3 to 4)") != want {
				t.Errorf("tidied %q", done.Tidied)
			}
		})
	}
}

// shown is an error as "CODE: TEXT" where it is a refusal.
func shown(err error) string {
	var no *ecosystems.Refusal
	switch {
	case errors.As(err, &no):
		return no.Reason.Code + ": " + no.Reason.Text
	case err != nil:
		return err.Error()
	}
	return ""
}

// A member of a workspace is held by the lock of its root, and moves it.
func TestFinishWorkspace(t *testing.T) {
	dir := write(t, map[string]string{
		"x/pyproject.toml":          "[tool.uv.workspace]\nmembers = ['apps/*']\nexclude = ['apps/out']\n",
		"x/uv.lock":                 lockOf1,
		"x/apps/a/pyproject.toml":   "[project]\nname = 'a'\nversion = '1'\ndependencies = ['idna==2.5']\n",
		"x/apps/out/pyproject.toml": "[project]\nname = 'o'\ndynamic = ['version']\ndependencies = ['idna==2.5']\n",
		"x/tool/pyproject.toml":     "[project]\nname = 't'\ndependencies = ['idna==2.5']\n",
	})
	e := withUV(t, `[ -f apps/a/pyproject.toml ] && [ ! -e apps/out ] || exit 1`+renews)
	done, err := e.Finish(t.Context(), dir, "x/apps/a/pyproject.toml", plan(t, e, dir, "x/apps/a/pyproject.toml", "idna 2.6"))
	if err != nil || len(done.Changes) != 2 || done.Changes[0].Path != "x/apps/a/pyproject.toml" || done.Changes[1].Path != "x/uv.lock" {
		t.Errorf("%v, %v", done, err)
	}
	for _, name := range []string{"x/apps/out/pyproject.toml", "x/tool/pyproject.toml"} {
		if list, err := e.Extract(os.DirFS(dir), name); err != nil || e.Finishes(list[0]) || e.Limit(list[0]) != nil {
			t.Errorf("%s is held by a lock that it is no part of: %v, %v", name, list, err)
		}
	}
}

// Without uv the lock holds what it holds, and says so before anything is tried.
func TestFinishWithoutTool(t *testing.T) {
	dir := write(t, map[string]string{"pyproject.toml": project, "uv.lock": lockOf1})
	none := func(string) string { return "" }
	for _, e := range []*Ecosystem{eco(), {eco().pip, uvcommand.New(uvcommand.Options{Getenv: none})}} {
		moves := plan(t, e, dir, "pyproject.toml", "idna 2.6")
		if limit := e.Limit(moves[0].Dependency); limit == nil || !strings.Contains(limit(moves[0].To.Version), "there is no uv here") {
			t.Error("it is not held")
		}
		if _, err := e.Finish(t.Context(), dir, "pyproject.toml", moves); shown(err) != "no-tool: no uv command here, so uv.lock is not renewed" {
			t.Error(err)
		}
	}
}

// What a repository may say that keeps uv from being run, and what does not.
func TestHostileProjects(t *testing.T) {
	const head = "[project]\nname = 'm'\nversion = '1'\ndependencies = ['idna==2.5']\n"
	for _, c := range []struct{ add, why string }{
		{"", ""},
		{"[tool.uv]\nexclude-newer = '2026-01-01'\ndefault-groups = ['x']\nconstraint-dependencies = ['a<3']\n[[tool.uv.index]]\nname = 'o'\nurl = 'https://own.test/simple'\n[tool.uv.sources]\na = {index = 'o'}\nb = [{index = 'o', marker = \"x\"}]\n", ""},
		{"[tool.uv.pip]\nkeyring-provider = 'subprocess'\n", ""}, // is not read by uv lock
		{"[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n", ""},
		{"[tool.uv]\ncache-dir = '/etc'\n", "tool.uv.cache-dir may lead it to other places"},
		{"[tool.uv]\nno-proxy = ['*']\n", "tool.uv.no-proxy may"},
		{"[tool.uv]\n\"keyring-provider\" = 'subprocess'\n", "tool.uv.keyring-provider may"},
		{"[tool]\nuv = {python-install-mirror = 'file:///x'}\n", "tool.uv.python-install-mirror may"},
		{"tool.uv.find-links = ['./wheels']\n", "tool.uv.find-links may"},
		{"[tool.uv]\nallow-insecure-host = ['x']\n", "tool.uv.allow-insecure-host may"},
		{"[tool.uv.extra-build-dependencies]\na = ['b']\n", "tool.uv.extra-build-dependencies.a may"},
		{"[tool.uv]\nunheard-of = 1\n", "tool.uv.unheard-of may"},
		{"[[tool.uv.index]]\nurl = 'http://169.254.169.254/'\n", "not asked by https"},
		{"[[tool.uv.index]]\nurl = 'https://u:p@own.test/simple'\n", "or needs a login"},
		{"[tool.uv]\nindex-url = '../wheels'\n", "not asked by https"},
		{"[tool.uv.sources]\na = {git = 'https://x.test/a'}\n", "tool.uv.sources.a.git may"},
		{"[tool.uv.sources]\na = {path = '../a', editable = true}\n", "tool.uv.sources.a.path may"},
		{"[tool.uv.sources]\na = [{url = 'https://x.test/a.whl'}]\n", "tool.uv.sources.a.url may"},
		{"[dependency-groups]\nx = ['a @ git+https://x.test/a']\n", "is taken from an address or a folder"},
		{"[project.optional-dependencies]\nx = [\"a@file:///etc\"]\n", "is taken from an address or a folder"},
		{"[tool.uv.workspace]\nmembers = ['**/x']\n", `the members "**/x" of its workspace are not read`},
		{"[tool.uv.workspace]\nmembers = ['../x']\n", `the members "../x" of its workspace are not read`},
		{"[tool.uv.workspace]\nmembers = ['dyn']\n", "its version is dynamic"},
		{"[tool.uv.workspace]\nmembers = ['bare']\n", "bare/pyproject.toml has no name in [project]"},
		{"[a]\nbuild-system = 1\n[build-system]\nrequires = []\n[build-system.x]\ny = 1\n", "its build-system is not a table of its own"},
		{"x = '''\n[build-system]\n'''\n[build-system]\nrequires = ['evil']\n", ""},
	} {
		top := c.add
		if !strings.HasPrefix(top, "[") && top != "" {
			top, c.add = "", c.add+head // keys that no table may stand before
		} else {
			c.add = head + top
		}
		repo := fstest.MapFS{
			"pyproject.toml": {Data: []byte(c.add)}, "uv.lock": {Data: []byte(lockOf1)},
			"dyn/pyproject.toml":  {Data: []byte("[project]\nname = 'd'\ndynamic = ['version']\n")},
			"bare/pyproject.toml": {Data: []byte("[tool.x]\n")},
		}
		list, err := withUV(t, "exit 1").Extract(repo, "pyproject.toml")
		if err != nil {
			t.Fatal(err)
		}
		why := ""
		for _, d := range list {
			if l, ok := d.Own.(locked); ok {
				why = l.why
			}
		}
		if !strings.Contains(why, c.why) || c.why == "" && why != "" {
			t.Errorf("%q:\n got %q\nwant %q", c.add, why, c.why)
		}
		if c.why == "" {
			if text, err := buildless(c.add); err != nil || strings.Contains(text, "evil") || strings.Contains(text, "hatch") {
				t.Errorf("%q has a build system: %q, %v", c.add, text, err)
			}
		}
	}
}

// FuzzBuildless: no build system is left, whatever the file says.
func FuzzBuildless(f *testing.F) {
	for _, seed := range []string{project, "build-system = {requires = ['a']}\n", "[build-system]\nbuild-backend = 'none'\n", "\"build-system\".requires = ['a']\n", "[ 'build-system' ]\nrequires = ['a']\n# x\n[z]\n", "\uFEFF[build-system]\nrequires = ['a']\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := buildless(text)
		if err != nil {
			return
		}
		if err := buildsNothing(out); err != nil {
			t.Errorf("%q became %q: %v", text, out, err)
		}
	})
}

func TestPoetryIsHeld(t *testing.T) {
	repo := fstest.MapFS{"pyproject.toml": {Data: []byte("[tool.poetry.dependencies]\nidna = '2.5'\n[build-system]\nrequires = ['poetry-core==1.0.0']\n")}, "poetry.lock": {}}
	list, err := eco().Extract(repo, "pyproject.toml")
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", ecosystemtest.Shown(eco(), repo, "pyproject.toml"), err)
	}
	if limit := eco().Limit(list[0]); limit == nil || !strings.Contains(limit(list[0].Pin.Version), "without running code of the packages") {
		t.Error("a constraint of poetry.lock is not held")
	}
	if eco().Limit(list[1]) != nil || eco().Finishes(list[0]) {
		t.Error("a build system is in no lock, and no tool renews a poetry.lock")
	}
}
