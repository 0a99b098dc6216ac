package composego

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/compose-spec/compose-go/v2/cli"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/rules"
)

// composeCorpus calls a function with each repository below FRESHPIN_CORPUS and its compose files.
func composeCorpus(t *testing.T, each func(name string, repo fs.FS, files []string)) {
	folder := os.Getenv("FRESHPIN_CORPUS")
	if folder == "" {
		t.Skip("FRESHPIN_CORPUS is not set: one folder for each repository")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		repo := os.DirFS(filepath.Join(folder, e.Name()))
		var files []string
		err := fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			if err == nil && d.Type().IsRegular() && compose.New(nil).Match(name) {
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 0 {
			each(e.Name(), repo, files)
		}
	}
}

// TestComposeCorpus counts what the rules find in real compose files. With
// FRESHPIN_FINDINGS=RULE it prints what that one finds.
func TestComposeCorpus(t *testing.T) {
	counts := map[string]int{}
	files := 0
	composeCorpus(t, func(name string, repo fs.FS, list []string) {
		composes, _ := check.Composes(repo, list, true)
		files += len(composes)
		for _, c := range composes {
			c.Tracked = func(string) bool { return true }
			res := check.Judge(rules.All(), []check.Unit{{Compose: c}}, nil, check.Settings{Strict: true})
			for _, f := range res.Findings {
				counts[f.Rule+" "+f.Mode.String()]++
				if f.Rule == os.Getenv("FRESHPIN_FINDINGS") {
					fmt.Printf("%s/%s:%d [%s] %s | %s | %s\n", name, f.At.File, f.Line, f.Mode, f.Text, f.Hint, lineOf(repo, f))
				}
			}
		}
	})
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d %s", counts[id], id)
	}
	t.Logf("%d files", files)
}

func lineOf(repo fs.FS, f check.Finding) string {
	data, err := fs.ReadFile(repo, f.At.File)
	lines := strings.Split(string(data), "\n")
	if err != nil || f.Line < 1 || f.Line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[f.Line-1])
}

// TestComposeCorpusFixes makes all fixes in real compose files: each that
// compose-go loads is loaded afterwards too, and twice is once.
func TestComposeCorpusFixes(t *testing.T) {
	loaded, fixes, files := 0, 0, 0
	composeCorpus(t, func(name string, repo fs.FS, list []string) {
		for _, file := range list {
			if strings.Contains(path.Dir(file), "node_modules") {
				continue
			}
			w := &fixing{repo: repo, file: file}
			for _, other := range list { // files of other folders are not read with it
				if path.Dir(other) == path.Dir(file) {
					w.files = append(w.files, other)
				}
			}
			before := w.loads(t, nil)
			after, n := w.fix(t, nil)
			files, fixes = files+1, fixes+n
			if n == 0 {
				continue
			}
			if again, more := w.fix(t, after); more > 0 {
				t.Errorf("%s/%s: mended once, it is mended again:\n%s", name, file, again)
			}
			if before == nil {
				loaded++
				if err := w.loads(t, after); err != nil {
					t.Errorf("%s/%s: loaded before, and now: %v", name, file, err)
				}
			}
		}
	})
	t.Logf("%d fixes in %d files; %d of those mended were loaded before and after", fixes, files, loaded)
}

// A fixing is one compose file of a repository whose fixes are made.
type fixing struct {
	repo  fs.FS
	files []string
	file  string
}

// over is a repository with one file changed.
type over struct {
	fs.FS
	file string
	data []byte
}

func (o over) Open(name string) (fs.File, error) {
	if name != o.file {
		return o.FS.Open(name)
	}
	return fstest.MapFS{name: &fstest.MapFile{Data: o.data}}.Open(name)
}

func (w *fixing) judge(data []byte) []check.Finding {
	repo := w.repo
	if data != nil {
		repo = over{w.repo, w.file, data}
	}
	composes, _ := check.Composes(repo, w.files, true)
	var units []check.Unit
	for _, c := range composes {
		if c.Name == w.file {
			units = append(units, check.Unit{Compose: c})
		}
	}
	facts := &check.Facts{Answers: map[check.Question]check.Answer{}}
	res := check.Judge(rules.All(), units, facts, check.Settings{Strict: true})
	for _, q := range res.Questions {
		if q.Kind == check.AskTwin {
			facts.Answers[q] = check.Answer{Twin: ecosystems.Twin{Tag: "1.2", Digest: "sha256:" + strings.Repeat("0", 64)}}
		}
	}
	return check.Judge(rules.All(), units, facts, check.Settings{Strict: true}).Findings
}

// fix makes all fixes, and tells how many there were.
func (w *fixing) fix(t *testing.T, data []byte) ([]byte, int) {
	t.Helper()
	if data == nil {
		var err error
		if data, err = fs.ReadFile(w.repo, w.file); err != nil {
			t.Fatal(err)
		}
	}
	change := check.ApplyFixes(w.judge(data), true, map[string]string{w.file: string(data)}, func(_, src string) []check.Finding { return w.judge([]byte(src)) })
	for _, refusal := range change.Refused {
		t.Errorf("%s:%d: %s: %s", w.file, refusal.Finding.Line, refusal.Finding.Rule, refusal.Why)
	}
	if len(change.Fixed) == 0 {
		return data, 0
	}
	return []byte(change.Files[w.file]), len(change.Fixed)
}

// loads reads the file with compose-go, changed where data is not nil.
func (w *fixing) loads(t *testing.T, data []byte) error {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(slices.Clone(w.files), path.Join(path.Dir(w.file), ".env")) {
		text, err := fs.ReadFile(w.repo, name)
		if err != nil {
			continue
		}
		if name == w.file && data != nil {
			text = data
		}
		to := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return load(filepath.Join(dir, w.file), cli.WithoutEnvironmentResolution)
}
