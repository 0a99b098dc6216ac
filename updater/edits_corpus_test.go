package updater_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// TestEditsOfRealFiles tries every edit of every manifest below a folder, and
// asks other people's parsers what has changed.
func TestEditsOfRealFiles(t *testing.T) {
	root := os.Getenv(ecosystemtest.CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", ecosystemtest.CorpusVariable)
	}
	repos, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var c counts
	for _, repo := range repos {
		files, err := read(os.DirFS(filepath.Join(root, repo.Name())))
		if err != nil {
			t.Fatal(err)
		}
		for name := range files {
			for _, eco := range unasked() {
				if eco.Match(name) {
					c.manifest(t, trial{eco, files, name})
				}
			}
		}
	}
	t.Logf("%+v", c)
}

// counts are what was tried.
type counts struct{ Manifests, Dependencies, Editable, Edits, Refused, Findings int }

// manifest tries every edit of one file.
func (c *counts) manifest(t *testing.T, tr trial) {
	c.Manifests++
	tr.files = beside(tr)
	deps, err := tr.extract()
	if err != nil {
		t.Errorf("%s: %v", tr.path, err)
	}
	for n, d := range deps {
		c.Dependencies++
		targets := tr.targets(d)
		if len(targets) > 0 {
			c.Editable++
		}
		for _, to := range targets {
			after, err := tr.try(deps, n, to)
			if err == nil && after != nil {
				c.Edits++
				err = judged(tr, d, after)
			} else if err == nil {
				c.Refused++
			}
			if err != nil {
				c.Findings++
				t.Errorf("%s: %s %s to %s@%s: %v", tr.path, d.Name, d.Pin.Text, to.Version, to.Digest, err)
			}
		}
	}
}

// beside returns the files that the reader of a manifest may look at: all but
// the other manifests of images.
func beside(tr trial) map[string]string {
	out := map[string]string{tr.path: tr.files[tr.path]}
	for name, data := range tr.files {
		base := path.Base(name)
		if strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "requirements") || strings.HasPrefix(base, "constraints") || base == "pyproject.toml" || path.Dir(name) == path.Dir(tr.path) {
			out[name] = data
		}
	}
	return out
}

func read(tree fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = string(data)
		return err
	})
	return files, err
}

// judged asks a parser that is not ours what an edit has changed.
func judged(tr trial, d ecosystems.Dependency, after map[string]string) error {
	before, is := tr.files[tr.path], after[tr.path]
	switch {
	case tr.eco.Info().Name == "dockerfile":
		return judgeDockerfile(before, is)
	case tr.eco.Info().Name == "compose":
		return judgeCompose(before, is)
	case path.Base(tr.path) == "go.mod":
		return judgeGoMod(before, is)
	case tr.eco.Info().Name == "requirements" && d.At[0].File == tr.path:
		return judgeLines(before, is, d.At[0].Start)
	}
	return nil
}

// judgeDockerfile compares the instructions of two Dockerfiles as BuildKit reads them: one may differ.
func judgeDockerfile(before, after string) error {
	was, err := parser.Parse(strings.NewReader(before))
	if err != nil {
		return nil // it was none before
	}
	is, err := parser.Parse(strings.NewReader(after))
	if err != nil {
		return err
	}
	if len(was.AST.Children) != len(is.AST.Children) {
		return fmt.Errorf("%d instructions became %d", len(was.AST.Children), len(is.AST.Children))
	}
	differ := 0
	for n, w := range was.AST.Children {
		i := is.AST.Children[n]
		if w.StartLine != i.StartLine || w.EndLine != i.EndLine || !strings.EqualFold(w.Value, i.Value) {
			return fmt.Errorf("%s in line %d became %s in line %d", w.Value, w.StartLine, i.Value, i.StartLine)
		}
		if w.Dump() != i.Dump() {
			differ++
		}
	}
	if differ > 1 {
		return fmt.Errorf("%d instructions differ", differ)
	}
	return nil
}

// judgeCompose compares two documents node by node: one scalar may differ.
func judgeCompose(before, after string) error {
	var was, is yaml.Node
	if err := yaml.Unmarshal([]byte(before), &was); err != nil {
		return nil // it was none before
	}
	if err := yaml.Unmarshal([]byte(after), &is); err != nil {
		return err
	}
	differ := 0
	if err := nodes(&was, &is, &differ); err != nil {
		return err
	}
	if differ > 1 {
		return fmt.Errorf("%d scalars differ", differ)
	}
	return nil
}

func nodes(was, is *yaml.Node, differ *int) error {
	if was.Kind != is.Kind || was.Tag != is.Tag || was.Style != is.Style || was.Anchor != is.Anchor || was.Line != is.Line || len(was.Content) != len(is.Content) {
		return fmt.Errorf("the node %q in line %d became %q", was.Value, was.Line, is.Value)
	}
	if was.Value != is.Value {
		*differ++
	}
	for n := range was.Content {
		if err := nodes(was.Content[n], is.Content[n], differ); err != nil {
			return err
		}
	}
	return nil
}

// judgeGoMod compares two files as the go command reads them: one version may differ.
func judgeGoMod(before, after string) error {
	versions := func(data string) ([]string, error) {
		f, err := modfile.Parse("go.mod", []byte(data), func(_, v string) (string, error) { return v, nil })
		if err != nil {
			return nil, err
		}
		f.Cleanup()
		var out []string
		for _, stmt := range f.Syntax.Stmt {
			out = append(out, tokens(stmt)...)
		}
		return out, nil
	}
	was, err := versions(before)
	if err != nil {
		return nil // it was none before
	}
	is, err := versions(after)
	if err != nil {
		return err
	}
	if len(was) != len(is) {
		return fmt.Errorf("%d lines became %d", len(was), len(is))
	}
	differ := 0
	for n := range was {
		if was[n] != is[n] {
			differ++
		}
	}
	if differ > 1 {
		return fmt.Errorf("more than one line differs: %s", cmp.Diff(was, is))
	}
	return nil
}

// tokens returns the lines of a statement of a go.mod, with their comments.
func tokens(e modfile.Expr) []string {
	switch e := e.(type) {
	case *modfile.Line:
		line := strings.Join(e.Token, " ")
		for _, c := range append(e.Comments.Before, e.Comments.Suffix...) {
			line += " " + c.Token
		}
		return []string{line}
	case *modfile.LineBlock:
		var out []string
		for _, l := range e.Line {
			out = append(out, tokens(l)...)
		}
		return out
	}
	return nil
}

// judgeLines compares two files line by line: only the logical line around an offset may differ.
func judgeLines(before, after string, offset int) error {
	line := 0
	for l := range strings.Lines(before[:offset]) {
		line++
		if !strings.HasSuffix(l, "\n") {
			line--
		}
	}
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	goesOn := func(l string) bool { return strings.HasSuffix(strings.TrimRight(l, "\r"), "\\") }
	first, behind := line, line+1
	for first > 0 && goesOn(was[first-1]) {
		first--
	}
	for behind < len(was) && goesOn(was[behind-1]) {
		behind++
	}
	tail := len(was) - behind
	if tail > len(is)-first || cmp.Diff(was[:first], is[:first])+cmp.Diff(was[behind:], is[len(is)-tail:]) != "" {
		return fmt.Errorf("other lines than %d to %d differ", first+1, behind)
	}
	return nil
}
