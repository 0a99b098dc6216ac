// Package composetest holds the rules about compose files to tables of rows. Only tests import it.
package composetest

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/updater/check"
)

// A Row is a compose.yaml, or a text archive of several files, and what a rule
// finds there: "LINE SERVICE EVIDENCE" for each finding, joined by "; ", with
// "FILE:" before it in another file than compose.yaml, " info" behind it where
// it never trips, and the level where it is not the rule's. "" is silence.
type Row struct {
	Src, Want string
	Facts     map[check.Question]check.Answer
	Fixed     string // compose.yaml after all fixes; "refused: WHY"; "" where nothing is held of it
}

// Table holds a rule to its rows: at least five with findings, and five without.
func Table(t *testing.T, r check.Rule, rows []Row) {
	t.Helper()
	loud, silent := 0, 0
	for _, row := range rows {
		tree := TreeOf(row.Src)
		found := Judge(r, tree, row.Facts)
		if row.Want == "" {
			silent++
		} else {
			loud++
		}
		if got := show(r, found); got != row.Want {
			t.Errorf("%s:\n%s\n  got  %q\n  want %q", r.ID, row.Src, got, row.Want)
			continue
		}
		if row.Fixed != "" {
			mended(t, r, row, tree, found)
		}
	}
	if loud < 5 || silent < 5 {
		t.Errorf("%s has %d findings and %d silences, of which there must be at least five each", r.ID, loud, silent)
	}
}

// TreeOf returns the files of a row's Src: those of a text archive if it begins with
// "-- ", otherwise Src as compose.yaml.
func TreeOf(src string) fstest.MapFS {
	tree := fstest.MapFS{}
	if !strings.HasPrefix(src, "-- ") {
		tree["compose.yaml"] = &fstest.MapFile{Data: []byte(src)}
		return tree
	}
	for _, f := range txtar.Parse([]byte(src)).Files {
		tree[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return tree
}

// Judge returns what a rule finds in the compose files of a tree in memory, strict rules
// included. Files whose path contains "untracked" count as untracked by git.
func Judge(r check.Rule, tree fs.FS, facts map[check.Question]check.Answer) []check.Finding {
	var files []string
	_ = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error { // a tree in memory
		if err == nil && !d.IsDir() && compose.New(nil).Match(name) {
			files = append(files, name)
		}
		return nil
	})
	composes, _ := check.Composes(tree, files, true)
	var units []check.Unit
	for _, c := range composes {
		c.Tracked = func(file string) bool { return !strings.Contains(file, "untracked") }
		units = append(units, check.Unit{Compose: c})
	}
	return check.Judge([]check.Rule{r}, units, &check.Facts{Answers: facts}, check.Settings{Strict: true}).Findings
}

func show(r check.Rule, list []check.Finding) string {
	var out []string
	for _, f := range list {
		stage := f.Stage
		if stage == "" {
			stage = "-"
		}
		line := fmt.Sprintf("%d %s %s", f.Line, stage, f.Evidence)
		if f.At.File != "compose.yaml" {
			line = f.At.File + ":" + line
		}
		if f.Mode == check.Information && r.Mode != check.Information {
			line += " info"
		}
		if f.Mode == check.Default && r.Mode != check.Default {
			line += " default"
		}
		if f.Level != r.Level {
			line += " " + f.Level.String()
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

// mended makes the fixes of a row: the file is as wanted and has nothing left to fix.
func mended(t *testing.T, r check.Rule, row Row, tree fstest.MapFS, found []check.Finding) {
	t.Helper()
	const file = "compose.yaml"
	for _, f := range found {
		if f.Fix != nil && f.Fix.Refused != "" {
			if got := "refused: " + f.Fix.Refused; got != row.Fixed {
				t.Errorf("%s:\n%s%s, want %s", r.ID, row.Src, got, row.Fixed)
			}
			return
		}
	}
	again := func(_, src string) []check.Finding {
		tree[file] = &fstest.MapFile{Data: []byte(src)}
		return Judge(r, tree, row.Facts)
	}
	change := check.ApplyFixes(found, true, map[string]string{file: string(tree[file].Data)}, again)
	for _, refusal := range change.Refused {
		t.Errorf("%s:\n%s%s", r.ID, row.Src, refusal.Why)
	}
	got := change.Files[file]
	if got != row.Fixed {
		t.Errorf("%s: mended:\n%s\nwant:\n%s", r.ID, got, row.Fixed)
		return
	}
	tree[file] = &fstest.MapFile{Data: []byte(got)}
	for _, f := range Judge(r, tree, row.Facts) {
		if f.Fix.Writes() {
			t.Errorf("%s: mended once, it would be mended again: %s", r.ID, f.Text)
		}
	}
	keep(t, r, tree)
}

// Mended is the environment variable with the folder that gets a folder of each
// mended tree, for compose-go to load (updater/check/testdata/composego).
const Mended = "FRESHPIN_MENDED"

func keep(t *testing.T, r check.Rule, tree fstest.MapFS) {
	t.Helper()
	folder := os.Getenv(Mended)
	if folder == "" {
		return
	}
	dir, err := os.MkdirTemp(folder, r.ID+"-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, tree); err != nil {
		t.Fatal(err)
	}
}

// Single returns a service of an image as a file.
func Single(lines ...string) string {
	return "services:\n  a:\n    image: x:1\n    " + strings.Join(lines, "\n    ") + "\n"
}
