package updater_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestGoCases plays the stories in testdata/go, each named after its report: what
// outdated says of a go.mod, what update makes of it, and whether it is tidy and
// builds afterwards. In the comment of a story stand
//
//	plan NAME STATUS [TARGET]    what outdated says; behind it a pattern for the reason or the notes
//	held NAME PATTERN            what update holds of that
//	tidied PATTERN               what update puts in order besides
//	untidy                       the module is not tidied before
//	loose                        it cannot be tidy, before or afterwards
//
// In "published" stand modules: PATH VERSION [go=1.20] [module=PATH] [requires=PATH@VERSION,…]
// [imports=PATH,…] [packages=a,b] [date=2026-01-02].
func TestGoCases(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to make the updates")
	}
	files, err := filepath.Glob("testdata/go/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			playGo(t, a)
		})
	}
}

// A goStory is a story on disk.
type goStory struct {
	*testing.T
	dir, proxy string
	want       map[string]string
	comment    []string
}

func (s *goStory) says(word string) bool {
	for _, line := range s.comment {
		if line == word {
			return true
		}
	}
	return false
}

func playGo(t *testing.T, a *txtar.Archive) {
	t.Setenv("TMPDIR", t.TempDir())
	s := &goStory{T: t, want: map[string]string{}}
	for line := range strings.Lines(string(a.Comment)) {
		s.comment = append(s.comment, strings.TrimSpace(line))
	}
	files := map[string]string{}
	modules := &goproxyserver.Server{}
	for _, f := range a.Files {
		if f.Name == "published" {
			publish(t, modules, string(f.Data))
		} else if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
			s.want[name] = string(f.Data)
		} else {
			files[f.Name] = string(f.Data)
		}
	}
	server := httptest.NewServer(modules)
	t.Cleanup(server.Close)
	s.proxy = server.URL
	s.dir = t.TempDir()
	for name, text := range files {
		put(t, s.dir, name, text)
	}
	if !s.says("untidy") && !s.says("loose") {
		goRun(t, s.dir, s.proxy, "mod", "tidy")
	}
	p, work := s.update(files["osv.json"])
	s.planned(p)
	s.made(work)
	s.after(work)
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	to := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish reads the modules of a story.
func publish(t *testing.T, to *goproxyserver.Server, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		declared, language, packages := words[0], "1.20", []string{""}
		m := goproxyserver.Module{Version: words[1], Files: map[string]string{}}
		requires, imports := "", ""
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			switch key {
			case "module":
				declared = value
			case "go":
				language = value
			case "packages":
				packages = strings.Split(value, ",")
			case "requires":
				requires = "\nrequire " + strings.NewReplacer(",", "\nrequire ", "@", " ").Replace(value) + "\n"
			case "imports":
				imports = "\nimport _ \"" + strings.ReplaceAll(value, ",", "\"\nimport _ \"") + "\"\n"
			case "date":
				m.Date, _ = time.Parse(time.DateOnly, value)
			default:
				t.Fatalf("what is %q?", w)
			}
		}
		m.GoMod = fmt.Sprintf("module %s\n\ngo %s\n%s", declared, language, requires)
		for _, p := range packages {
			name, code := "x.go", "package x\n"
			if strings.HasPrefix(p, "cmd/") {
				code = "package main\n\nfunc main() {}\n"
			}
			m.Files[strings.TrimPrefix(p+"/"+name, "/")] = code + imports
			imports = ""
		}
		to.Add(words[0], m)
	}
}

// goScan looks at a folder as the program does.
func goScan(t *testing.T, dir, proxy, advisories string) (*updater.Planner, plan.Tree) {
	t.Helper()
	env := map[string]string{"GOPROXY": proxy, "GOSUMDB": "off", "GONOPROXY": "none", "PATH": os.Getenv("PATH"), "HOME": ecosystemtest.UserHome(t)}
	planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{
		HTTP: fetch.New(fetch.Options{Retries: -1}), Getenv: func(name string) string { return env[name] }, GoCache: filepath.Join(os.TempDir(), "go"),
	})}
	if advisories != "" {
		folder := t.TempDir()
		put(t, folder, "a.json", advisories)
		source, err := advisory.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		planner.Advisories = source
	}
	return planner, plan.Tree{FS: os.DirFS(dir), Rules: config.Load(os.DirFS(dir), config.Overrides{})}
}

func (s *goStory) update(advisories string) (*plan.Plan, *edit.Work) {
	s.Helper()
	planner, tree := goScan(s.T, s.dir, s.proxy, advisories)
	p, err := planner.Plan(context.Background(), []plan.Tree{tree})
	if err != nil {
		s.Fatal(err)
	}
	work, err := edit.Write(context.Background(), tree, p.Items, now)
	if err != nil {
		s.Fatal(err)
	}
	return p, work
}

// planned checks what outdated says.
func (s *goStory) planned(p *plan.Plan) {
	s.Helper()
	said := map[string][]string{}
	for _, i := range p.Items {
		text := strings.Join(strings.Fields(string(i.Status)+" "+i.Target.Version.Text+" "+i.Reason.Text), " ")
		for _, a := range i.Advisories {
			text += " " + a.ID
		}
		for _, n := range i.Notes {
			text += " ; " + n.Text
		}
		said[i.Dependency.Package.Name] = append(said[i.Dependency.Package.Name], text)
	}
	for _, line := range s.comment {
		rest, ok := strings.CutPrefix(line, "plan ")
		if !ok {
			continue
		}
		name, want, _ := strings.Cut(rest, " ")
		if !regexp.MustCompile("(?m)^" + want).MatchString(strings.Join(said[name], "\n")) {
			s.Errorf("%s: %q, want %q", name, said[name], want)
		}
	}
}

// made checks what update did.
func (s *goStory) made(work *edit.Work) {
	s.Helper()
	var held, wanted []string
	for _, i := range work.Held {
		held = append(held, i.Dependency.Package.Name+" "+i.Reason.Text)
	}
	tidied := ""
	for _, w := range work.Tidied {
		tidied += w.File + ": " + w.Text
	}
	for _, line := range s.comment {
		if want, ok := strings.CutPrefix(line, "held "); ok {
			wanted = append(wanted, want)
		}
		if want, ok := strings.CutPrefix(line, "tidied "); ok && !regexp.MustCompile(want).MatchString(tidied) {
			s.Errorf("tidied %q, want %q", tidied, want)
		}
	}
	if !regexp.MustCompile("^(?:" + strings.Join(wanted, "\n") + ")$").MatchString(strings.Join(held, "\n")) {
		s.Errorf("held %q, want %q", held, wanted)
	}
}

// after writes the files, and asks the go command.
func (s *goStory) after(work *edit.Work) {
	s.Helper()
	for _, f := range work.Files {
		put(s.T, s.dir, f.Path, string(f.Data))
	}
	for name, want := range s.want {
		got, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil || !strings.Contains(string(got), strings.TrimSpace(want)) {
			s.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
	if s.says("loose") {
		return
	}
	goRun(s.T, s.dir, s.proxy, "mod", "tidy", "-diff")
	goRun(s.T, s.dir, s.proxy, "mod", "verify")
	goRun(s.T, s.dir, s.proxy, "build", "./...")
}
