package updater_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
)

// A trap is a tree that wants something of ours run, or something outside read.
// In its texts, links and variables EVIL is a program that leaves a canary, OUT
// a folder outside that is watched, and TREE the tree itself.
type trap struct {
	name  string
	files map[string]string // over those of tame
	links map[string]string
	env   map[string]string // that the operator's environment has besides
	held  bool              // the update is refused; else it is made
}

const (
	tameMod  = "module m.test/m\n\ngo 1.21\n\nrequire plain.test/m v1.0.0\n"
	tameCode = "package m\n\nimport _ \"plain.test/m\"\n"
	outMod   = "module out.test/m\n\ngo 1.21\n"
)

func traps() []trap {
	list := []trap{
		{name: "a tame one"},
		{name: "go generate", files: map[string]string{"m.go": "//go:generate EVIL\n" + tameCode}},
		{name: "cgo with flags of the linker", files: map[string]string{"c/c.go": "package c\n\n// #cgo LDFLAGS: -fuse-ld=EVIL -Wl,-wrapper,EVIL\n// #cgo CFLAGS: -fplugin=EVIL -I OUT\n// #cgo pkg-config: --define-variable=x=EVIL evil\n// #include \"OUT/x.h\"\nimport \"C\"\n"}},
		{name: "cgo in what is imported", files: map[string]string{"m.go": tameCode + "\n// #cgo LDFLAGS: EVIL\nimport \"C\"\n"}},
		{name: "a compiler by name", env: map[string]string{"CC": "EVIL", "CXX": "EVIL", "PKG_CONFIG": "EVIL", "AR": "EVIL", "FC": "EVIL", "GCCGO": "EVIL", "CGO_ENABLED": "1"}, files: map[string]string{"m.go": tameCode + "\nimport \"C\"\n"}},
		{name: "toolexec in GOFLAGS", env: map[string]string{"GOFLAGS": "-toolexec=EVIL"}},
		{name: "toolexec in a GOENV in the tree", files: map[string]string{"go.env": "GOFLAGS=-toolexec=EVIL\nGOAUTH=EVIL\nGOCACHEPROG=EVIL\nCC=EVIL\n"}, env: map[string]string{"GOENV": "TREE/go.env"}},
		{name: "the tree as home", files: map[string]string{".config/go/telemetry/mode": "off", ".config/go/env": "GOFLAGS=-toolexec=EVIL\nGOAUTH=EVIL\nGOVCS=*:all\n", ".netrc": "machine 127.0.0.1 login tree password tree\n", ".gitconfig": "[core]\n\tsshCommand = EVIL\n[credential]\n\thelper = EVIL\n"}, env: map[string]string{"HOME": "TREE"}},
		{name: "go.env where the go command keeps its own", files: map[string]string{"go.env": "GOTOOLCHAIN=go1.99.0+path\nGOFLAGS=-toolexec=EVIL\n", "bin/go": "#!/bin/sh\nexec EVIL\n", "pkg/tool/linux_amd64/compile": "#!/bin/sh\nexec EVIL\n"}},
		{name: "a toolchain on the path", files: map[string]string{"go.mod": strings.Replace(tameMod, "go 1.21\n", "go 1.21\n\ntoolchain go1.99.0\n", 1)}, env: map[string]string{"GOTOOLCHAIN": "path"}},
		{name: "a toolchain with a suffix", files: map[string]string{"go.mod": strings.Replace(tameMod, "go 1.21\n", "go 1.21\n\ntoolchain go1.22.0-evil\n", 1)}, env: map[string]string{"GOTOOLCHAIN": "auto"}},
		{name: "a go line of the future", files: map[string]string{"go.mod": strings.Replace(tameMod, "go 1.21", "go 1.99", 1)}, env: map[string]string{"GOTOOLCHAIN": "auto"}, held: true},
		{name: "tools of its own", files: map[string]string{"go.mod": strings.Replace(tameMod, "go 1.21", "go 1.24", 1) + "\ntool (\n\tm.test/m/evil\n\tplain.test/m\n)\n", "evil/main.go": "package main\n\nimport \"os/exec\"\n\nfunc init() { _ = exec.Command(\"EVIL\").Run() }\n\nfunc main() {}\n"}},
		{name: "a test that runs", files: map[string]string{"m_test.go": "package m\n\nimport (\n\t\"os/exec\"\n\t\"testing\"\n)\n\nfunc TestMain(*testing.M) { _ = exec.Command(\"EVIL\").Run() }\n"}},
		{name: "a replacement by a path that climbs", files: map[string]string{"go.mod": tameMod + "\nreplace out.test/m => ../../../../../../../../OUT\n"}, held: true},
		{name: "a replacement by an absolute path", files: map[string]string{"go.mod": tameMod + "\nreplace out.test/m => OUT\n"}, held: true},
		{name: "a replacement of what is required", files: map[string]string{"go.mod": tameMod + "\nrequire out.test/m v1.0.0\n\nreplace out.test/m => OUT\n", "m.go": tameCode + "\nimport _ \"out.test/m\"\n"}, held: true},
		{name: "a replacement through a link", files: map[string]string{"go.mod": tameMod + "\nrequire out.test/m v1.0.0\n\nreplace out.test/m => ./inner\n", "m.go": tameCode + "\nimport _ \"out.test/m\"\n"}, links: map[string]string{"inner": "OUT"}, held: true},
		{name: "a replacement through two links", files: map[string]string{"go.mod": tameMod + "\nrequire out.test/m v1.0.0\n\nreplace out.test/m => ./inner/deep\n", "m.go": tameCode + "\nimport _ \"out.test/m\"\n", "a/x": ""}, links: map[string]string{"inner": "a/up", "a/up": "../../../../../../../..OUT/.."}, held: true},
		{name: "a replacement whose go.mod is a link", files: map[string]string{"go.mod": tameMod + "\nrequire out.test/m v1.0.0\n\nreplace out.test/m => ./inner\n", "m.go": tameCode + "\nimport _ \"out.test/m\"\n", "inner/x.go": "package m\n"}, links: map[string]string{"inner/go.mod": "OUT/go.mod"}, held: true},
		{name: "source that is a link", links: map[string]string{"s.go": "OUT/x.go", "t/t.go": "../../../../../../../../..OUT/x.go"}},
		{name: "a folder that is a link", links: map[string]string{"sub": "OUT"}},
		{name: "a go.sum that is a link", links: map[string]string{"go.sum": "OUT/go.sum"}, held: true},
		{name: "what is embedded is a link", files: map[string]string{"m.go": tameCode + "\nimport _ \"embed\"\n\n//go:embed data/*\nvar s string\n", "data/x": ""}, links: map[string]string{"data/secret": "OUT/secret"}},
		{name: "a vendor folder and -mod=vendor", files: map[string]string{"vendor/modules.txt": "# plain.test/m v1.0.0\n## explicit; go 1.21\nplain.test/m\n", "vendor/plain.test/m/x.go": "//go:generate EVIL\npackage m\n\n// #cgo LDFLAGS: EVIL\nimport \"C\"\n"}, env: map[string]string{"GOFLAGS": "-mod=vendor -toolexec=EVIL"}, held: true},
		{name: "a vendor folder that names another place", files: map[string]string{"vendor/modules.txt": "# plain.test/m v1.0.0 => OUT\n## explicit\nplain.test/m\n# plain.test/m => OUT\n"}, held: true},
		{name: "a vendor folder that is a link", links: map[string]string{"vendor": "OUT"}},
		{name: "a vendor folder with links", files: map[string]string{"vendor/modules.txt": "# plain.test/m v1.0.0\n## explicit; go 1.21\nplain.test/m\n"}, links: map[string]string{"vendor/plain.test": "OUT", "vendor/x.go": "OUT/x.go"}, held: true},
		{name: "a workspace outside", files: map[string]string{"go.work": "go 1.21\n\nuse (\n\t.\n\tOUT\n\t../OUT\n)\n"}},
		{name: "a workspace that is a link", links: map[string]string{"go.work": "OUT/go.work"}},
		{name: "a workspace with a replacement", files: map[string]string{"go.work": "go 1.21\n\nuse .\n\nreplace out.test/m => OUT\n"}},
		{name: "a workspace through a link", files: map[string]string{"go.work": "go 1.21\n\nuse (\n\t.\n\t./inner\n)\n"}, links: map[string]string{"inner": "OUT"}},
		{name: "GOWORK outside", env: map[string]string{"GOWORK": "OUT/go.work"}},
		{name: "an overlay", files: map[string]string{"overlay.json": "{\"Replace\":{\"m.go\":\"OUT/x.go\"}}"}, env: map[string]string{"GOFLAGS": "-overlay=TREE/overlay.json"}},
		{name: "another modfile", env: map[string]string{"GOFLAGS": "-modfile=OUT/go.mod"}},
		{name: "logins by a program", env: map[string]string{"GOAUTH": "EVIL", "GIT_ASKPASS": "EVIL", "SSH_ASKPASS": "EVIL", "GIT_SSH_COMMAND": "EVIL", "NETRC": "TREE/.netrc"}, files: map[string]string{".netrc": "machine x login y password z\n"}},
		{name: "programs of the environment", env: map[string]string{"GOCACHEPROG": "EVIL", "GOPACKAGESDRIVER": "EVIL", "EDITOR": "EVIL", "PAGER": "EVIL", "GOROOT_BOOTSTRAP": "OUT", "GOBIN": "OUT", "GOPATH": "OUT", "GOCACHE": "OUT/cache", "GOMODCACHE": "OUT/mod", "GOTMPDIR": "OUT", "GOCOVERDIR": "OUT", "GODEBUG": "installgoroot=all"}},
		{name: "version control where it is allowed", files: map[string]string{"go.mod": tameMod + "\nrequire 127.0.0.1/evil.git v1.0.0\n", "m.go": tameCode + "\nimport _ \"127.0.0.1/evil.git\"\n"}, env: map[string]string{"GOPRIVATE": "127.0.0.1", "GOVCS": "*:all", "GOINSECURE": "*"}, held: true},
		{name: "a module whose path is a flag", files: map[string]string{"go.mod": strings.Replace(tameMod, "m.test/m", "\"-toolexec=EVIL\"", 1)}, held: true},
		{name: "a folder whose name is a flag", files: map[string]string{"-toolexec=x/go.mod": tameMod, "-toolexec=x/m.go": tameCode}},
		{name: "debug settings", files: map[string]string{"go.mod": strings.Replace(tameMod, "go 1.21", "go 1.24", 1) + "\ngodebug (\n\tpanicnil=1\n\texecerrdot=0\n)\n"}},
		{name: "assembler and objects", files: map[string]string{"x.s": "#include \"OUT/x.h\"\n", "x.syso": "\x7fELF", "x.c": "#include \"OUT/x.h\"\n", "x.swig": "", "x.f": ""}},
	}
	for _, hook := range []string{"pre-commit", "post-checkout", "post-index-change", "reference-transaction"} {
		list = append(list, trap{name: "a repository with " + hook, files: map[string]string{".git/hooks/" + hook: "#!/bin/sh\nexec EVIL\n", ".git/HEAD": "ref: refs/heads/main\n", ".git/objects/x": "", ".git/refs/x": "",
			".git/config": "[core]\n\tfsmonitor = EVIL\n\thooksPath = .git/hooks\n\tsshCommand = EVIL\n\tpager = EVIL\n[filter \"x\"]\n\tclean = EVIL\n[uploadpack]\n\tpackObjectsHook = EVIL\n"}})
	}
	return list
}

// TestHostileTrees lets the real go command update hostile trees, as update and
// run do: nothing of them runs, and nothing outside of them is read.
func TestHostileTrees(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	out := t.TempDir()
	place(t, out, "secret", "")
	read := watch(t, out)
	if _, err := os.ReadFile(filepath.Join(out, "secret")); err != nil || len(read()) == 0 && runtime.GOOS == "linux" {
		t.Fatalf("what is read is not seen, %v", err)
	}
	server := httptest.NewServer(hostileModules())
	defer server.Close()
	cache := t.TempDir()
	for _, trap := range traps() {
		for _, broken := range []bool{false, true} { // where go mod tidy cannot, go get and a build are left
			t.Run(fmt.Sprintf("%s, broken %v", trap.name, broken), func(t *testing.T) {
				trap.spring(t, server.URL, cache, broken)
			})
		}
	}
}

// hostileModules are modules, the newer version of one of which is hostile itself.
func hostileModules() *goproxyserver.Server {
	s := modules()
	s.Add("plain.test/m", goproxyserver.Module{Version: "v1.0.1", GoMod: "module plain.test/m\n\ngo 1.21\n\nreplace out.test/m => /etc\n", Files: map[string]string{
		"x.go":         "//go:generate touch /tmp/freshpin-canary\npackage m\n",
		"c/c.go":       "package c\n\n// #cgo LDFLAGS: -fuse-ld=/tmp/evil\nimport \"C\"\n",
		"init_test.go": "package m\n\nfunc init() { panic(1) }\n",
		"go.work":      "go 1.21\n\nuse /etc\n",
	}})
	return s
}

// spring updates the tree.
func (c trap) spring(t *testing.T, proxy, cache string, broken bool) {
	dir, out, bin := t.TempDir(), t.TempDir(), t.TempDir()
	canary := filepath.Join(bin, "canary")
	evil := filepath.Join(bin, "evil")
	fill := strings.NewReplacer("EVIL", evil, "OUT", out, "TREE", dir).Replace
	program := "#!/bin/sh\necho \"$0 $*\" >> " + canary + "\n"
	for _, name := range []string{"evil", "git", "hg", "svn", "fossil", "bzr", "gcc", "g++", "cc", "clang", "ld", "pkg-config", "ssh", "go1.99.0", "go1.22.0-evil", "sh.evil"} {
		place(t, bin, name, program)
	}
	for name, text := range map[string]string{"go.mod": outMod, "go.sum": "", "x.go": "package m\n\nconst Secret = 1\n", "go.work": "go 1.21\n", "secret": "secret\n", "x.h": "", "modules.txt": ""} {
		place(t, out, name, text)
	}
	files := map[string]string{"go.mod": tameMod, "m.go": tameCode}
	for name, text := range c.files {
		files[name] = fill(text)
	}
	if broken {
		files["gone.go"] = "package m\n\nimport _ \"gone.test/gen\"\n"
	}
	for name, text := range files {
		place(t, dir, name, text)
	}
	for name, to := range c.links {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(fill(to), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	env := map[string]string{"GOPROXY": proxy + ",direct", "GOSUMDB": "off", "PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME": ecosystemtest.UserHome(t), "GOROOT": os.Getenv("GOROOT")}
	for name, v := range c.env {
		env[name] = fill(v)
	}
	t.Setenv("TMPDIR", t.TempDir())
	read := watch(t, out)
	w := c.update(t, dir, cache, env)
	if data, err := os.ReadFile(canary); err == nil {
		t.Errorf("it ran:\n%s", data)
	}
	if seen := read(); len(seen) > 0 {
		t.Errorf("outside was touched: %q", seen)
	}
	text := outcome(w)
	if strings.Contains(text, out) || strings.Contains(text, bin) && !strings.Contains(fill(fmt.Sprint(c.files)), bin) {
		t.Errorf("a folder of the machine is named:\n%s", text)
	}
	made := strings.Contains(text, "made plain.test/m v1.0.1")
	if !broken && made == c.held {
		t.Errorf("made %v:\n%s", made, text)
	}
	for _, f := range w.Files {
		if !slices.Contains([]string{"go.mod", "go.sum"}, filepath.Base(f.Path)) && !strings.HasPrefix(f.Path, "vendor/") {
			t.Errorf("%s is written", f.Path)
		}
	}
}

func place(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// update does what the command of that name does.
func (c trap) update(t *testing.T, dir, cache string, env map[string]string) *edit.Work {
	t.Helper()
	getenv := func(name string) string { return env[name] }
	ecos := all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: getenv, GoCache: cache})
	folder, err := localfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tree := plan.Tree{FS: folder, Rules: config.Load(folder, config.Overrides{})}
	p, err := (&updater.Planner{Ecosystems: ecos, Now: now}).Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	w, err := edit.Write(t.Context(), tree, p.Items, now)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
