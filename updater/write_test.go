package updater_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
)

// toy is an ecosystem of files with lines "name v1.2.3", "# indirect" behind
// updates that were not asked for. Its tool writes a .sum file, drags and refuses.
type toy struct {
	published map[string]string   // "a": "v1.0.1 v1.0.2"
	requires  map[string]string   // "a@v1.0.2": "b v2.0.0 c v1.0.1": at least those stand in the file afterwards
	refuses   map[string]string   // "a@v1.0.2" or "manifest": the code, and after a space the names that are blamed
	needs     map[string]string   // "a@v1.0.2": what must move in the same call, "b@v1.0.1"
	also      map[string][]string // manifest: others in which the tool makes the same moves
	fails     error               // the tool cannot be asked
	look      func(dir string)    // what the tool sees
	calls     []string
}

func (*toy) Info() ecosystems.Info {
	return ecosystems.Info{Name: "toy", Files: "toys", Kinds: []ecosystems.Kind{{Word: "toy", Noun: "toy", Plural: "toys"}}}
}
func (*toy) Match(name string) bool { return strings.HasSuffix(name, ".toy") }

func (*toy) Extract(repo fs.FS, name string) (deps []ecosystems.Dependency, err error) {
	data, err := fs.ReadFile(repo, name)
	at := 0
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "#" {
			start := at + strings.Index(line, words[1])
			deps = append(deps, ecosystems.Dependency{
				Name: words[0], Package: ecosystems.Package{Kind: "toy", Name: words[0]}, Direct: !strings.Contains(line, "# indirect"),
				At:  []ecosystems.Span{{File: name, Start: start, End: start + len(words[1])}},
				Pin: ecosystems.Pin{Text: words[1], Version: toyVersion(words[1])},
			})
		}
		at += len(line)
	}
	return deps, err
}

func toyVersion(text string) version.Version {
	v := version.Version{Text: text}
	for word := range strings.SplitSeq(strings.TrimPrefix(text, "v"), ".") {
		n, _ := strconv.ParseUint(word, 10, 64)
		v.Release = append(v.Release, n)
	}
	return v
}

func (e *toy) Versions(_ context.Context, p ecosystems.Package) (l ecosystems.Listing, err error) {
	for text := range strings.FieldsSeq(e.published[p.Name]) {
		l.Candidates = append(l.Candidates, version.Candidate{Version: toyVersion(text), Published: now.AddDate(-1, 0, 0)})
	}
	return l, nil
}

func (*toy) Pins(_ context.Context, _ ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{Version: v}, nil
}

func (*toy) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return []ecosystems.Edit{{At: d.At[0], Old: d.Pin.Text, New: to.Version.Text}}, nil
}

// finishing is a toy with a tool.
type finishing struct{ *toy }

func (finishing) Finishes(ecosystems.Dependency) bool { return true }

func (e finishing) Finish(_ context.Context, dir, manifest string, moves []ecosystems.Move) (done ecosystems.Finished, err error) {
	var names []string
	for _, m := range moves {
		names = append(names, m.Dependency.Name)
	}
	e.calls = append(e.calls, manifest+": "+strings.Join(names, " "))
	if e.look != nil {
		e.look(dir)
	}
	if e.fails != nil {
		return done, e.fails
	}
	if err := e.refused(manifest, moves); err != nil {
		return done, err
	}
	var changes []ecosystems.FileChange
	for _, name := range append([]string{manifest}, e.also[manifest]...) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return done, err
		}
		text, err := e.move(name, manifest, string(data), moves)
		if err != nil {
			return done, err
		}
		sum := strings.TrimSuffix(name, ".toy") + ".sum"
		changes = append(changes, ecosystems.FileChange{Path: name, Data: []byte(text)}, ecosystems.FileChange{Path: sum, Data: []byte("sum of " + text)})
	}
	for _, c := range changes {
		if err := os.WriteFile(filepath.Join(dir, c.Path), c.Data, 0o644); err != nil {
			return done, err
		}
	}
	return ecosystems.Finished{Changes: changes}, nil
}

// move makes the moves where they stand, and elsewhere by name.
func (e finishing) move(name, manifest, text string, moves []ecosystems.Move) (string, error) {
	var edits []ecosystems.Edit
	for _, m := range moves {
		if name == manifest {
			list, _ := e.Edit(m.Dependency, m.To)
			edits = append(edits, list...)
		}
	}
	data, err := ecosystems.Apply([]byte(text), edits)
	text = string(data)
	for _, m := range moves {
		if name != manifest {
			text = raise(text, m.Dependency.Name, m.To.Version.Text)
		}
		words := strings.Fields(e.requires[m.Dependency.Name+"@"+m.To.Version.Text])
		for n := 0; n+1 < len(words); n += 2 {
			text = raise(text, words[n], words[n+1])
		}
	}
	return text, err
}

// raise brings a name to at least a version.
func raise(text, name, to string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == name && version.Compare(toyVersion(words[1]), toyVersion(to)) < 0 {
			line = strings.Replace(line, words[1], to, 1)
		}
		b.WriteString(line)
	}
	return b.String()
}

func (e finishing) refused(manifest string, moves []ecosystems.Move) error {
	code := e.refuses[manifest]
	together := map[string]bool{}
	for _, m := range moves {
		together[m.Dependency.Name+"@"+m.To.Version.Text] = true
	}
	for key := range together {
		code = cmpOr(code, e.refuses[key])
		if need := e.needs[key]; need != "" && !together[need] {
			code = ecosystems.ToolFail
		}
	}
	words := strings.Fields(code)
	if len(words) == 0 {
		return nil
	}
	return &ecosystems.Refusal{Reason: ecosystems.Reason{Code: words[0], Text: "no"}, Moves: words[1:]}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// written plans and writes a tree.
func written(t *testing.T, eco ecosystems.Ecosystem, files fstest.MapFS) (*edit.Work, error) {
	t.Helper()
	tree := plan.Tree{FS: files, Rules: config.Load(files, config.Overrides{})}
	planner := &updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}
	p, err := planner.Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	return edit.Write(t.Context(), tree, p.Items, now)
}

func treeOf(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return tree
}

// outcome is a work in words.
func outcome(w *edit.Work) string {
	var b strings.Builder
	for _, f := range w.Files {
		if !strings.HasSuffix(f.Path, ".sum") {
			fmt.Fprintf(&b, "%s: %s\n", f.Path, strings.Join(strings.Fields(string(f.Data)), " "))
		}
	}
	for _, i := range w.Made {
		fmt.Fprintf(&b, "made %s %s %s\n", i.Dependency.Name, i.Target.Version, i.Band)
	}
	for _, i := range w.Held {
		fmt.Fprintf(&b, "%s %s %s: %s\n", i.Status, i.Dependency.Name, i.Reason.Code, i.Reason.Text)
	}
	if len(w.Unasked) > 0 {
		fmt.Fprintf(&b, "unasked %d\n", len(w.Unasked))
	}
	for _, d := range w.Dragged {
		fmt.Fprintf(&b, "dragged %s:%d %s %s %s (%s)\n", d.File, d.Line, d.Dependency.Name, d.From, d.To, d.Band)
	}
	return b.String()
}

// TestWriteTool is what becomes of updates that a tool completes.
func TestWriteTool(t *testing.T) {
	published := map[string]string{"a": "v1.0.1", "b": "v1.0.1", "c": "v1.0.1", "d": "v1.0.1", "x": "v1.0.0"}
	const four = "a v1.0.0\nb v1.0.0\nc v1.0.0\nd v1.0.0\n"
	for _, c := range []struct {
		name  string
		eco   toy
		files map[string]string
		want  string
		calls int // at most; 0 for any
	}{
		{"all", toy{}, map[string]string{"m.toy": four},
			"m.toy: a v1.0.1 b v1.0.1 c v1.0.1 d v1.0.1\nmade a v1.0.1 patch\nmade b v1.0.1 patch\nmade c v1.0.1 patch\nmade d v1.0.1 patch\n", 1},
		{"beside plain edits", toy{}, map[string]string{"m.toy": "a v1.0.0\n", "y.txt": "a v1.0.0"}, "m.toy: a v1.0.1\nmade a v1.0.1 patch\n", 1},
		{"one is named", toy{refuses: map[string]string{"b@v1.0.1": "drags b"}}, map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\n"},
			"m.toy: a v1.0.1 b v1.0.0\nmade a v1.0.1 patch\nheld b drags: no\n", 2},
		{"one is to blame, but it is unknown which", toy{refuses: map[string]string{"c@v1.0.1": "tool-fail"}}, map[string]string{"m.toy": four},
			"m.toy: a v1.0.1 b v1.0.1 c v1.0.0 d v1.0.1\nmade a v1.0.1 patch\nmade b v1.0.1 patch\nmade d v1.0.1 patch\nheld c tool-fail: no\n", 6},
		{"two are to blame", toy{refuses: map[string]string{"a@v1.0.1": "tool-fail", "d@v1.0.1": "tool-fail"}}, map[string]string{"m.toy": four},
			"m.toy: a v1.0.0 b v1.0.1 c v1.0.1 d v1.0.0\nmade b v1.0.1 patch\nmade c v1.0.1 patch\nheld a tool-fail: no\nheld d tool-fail: no\n", 0},
		{"one needs another that is tried later", toy{needs: map[string]string{"a@v1.0.1": "d@v1.0.1"}, refuses: map[string]string{"b@v1.0.1": "tool-fail"}}, map[string]string{"m.toy": four},
			"m.toy: a v1.0.1 b v1.0.0 c v1.0.1 d v1.0.1\nmade a v1.0.1 patch\nmade c v1.0.1 patch\nmade d v1.0.1 patch\nheld b tool-fail: no\n", 0},
		{"a stranger is named", toy{refuses: map[string]string{"a@v1.0.1": "drags zzz"}}, map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\n"},
			"m.toy: a v1.0.0 b v1.0.1\nmade b v1.0.1 patch\nheld a drags: no\n", 0},
		{"the manifest is to blame", toy{refuses: map[string]string{"m.toy": "not-tidy"}}, map[string]string{"m.toy": four, "n.toy": "a v1.0.0\n"},
			"n.toy: a v1.0.1\nmade a v1.0.1 patch\nheld a not-tidy: no\nheld b not-tidy: no\nheld c not-tidy: no\nheld d not-tidy: no\n", 2},
		{"no tool", toy{fails: errors.New("no answer")}, map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\n", "n.toy": "a v1.0.0\n"},
			"held a tool-fail: no answer\nheld b tool-fail: no answer\nheld a tool-fail: no answer\nunasked 3\n", 2},

		{"dragged within its policy", toy{requires: map[string]string{"a@v1.0.1": "x v1.0.7"}}, map[string]string{"m.toy": "a v1.0.0\n\nx v1.0.0\n"},
			"m.toy: a v1.0.1 x v1.0.7\nmade a v1.0.1 patch\ndragged m.toy:3 x v1.0.0 v1.0.7 (patch)\n", 1},
		{"dragged beyond", toy{requires: map[string]string{"b@v1.0.1": "x v2.0.0"}}, map[string]string{"m.toy": four + "x v1.0.0\n"},
			"m.toy: a v1.0.1 b v1.0.0 c v1.0.1 d v1.0.1 x v1.0.0\nmade a v1.0.1 patch\nmade c v1.0.1 patch\nmade d v1.0.1 patch\nheld b drags: it would also move x from v1.0.0 to v2.0.0 (major)\n", 0},
		{"dragged though indirect", toy{requires: map[string]string{"a@v1.0.1": "x v2.0.0"}}, map[string]string{"m.toy": "a v1.0.0\nx v1.0.0 # indirect\n"},
			"m.toy: a v1.0.1 x v2.0.0 # indirect\nmade a v1.0.1 patch\n", 1},
		{"dragged as another policy allows", toy{requires: map[string]string{"a@v1.0.1": "x v1.4.0"}}, map[string]string{"m.toy": "a v1.0.0\nx v1.0.0\n", ".freshpin.yaml": "rules: [{match: {name: x}, allow: minor}]\n"},
			"m.toy: a v1.0.1 x v1.4.0\nmade a v1.0.1 patch\ndragged m.toy:2 x v1.0.0 v1.4.0 (minor)\n", 1},
		{"dragged though ignored", toy{requires: map[string]string{"a@v1.0.1": "x v1.0.1"}}, map[string]string{"m.toy": "a v1.0.0\nx v1.0.0\n", ".freshpin.yaml": "rules: [{match: {name: x}, ignore: true}]\n"},
			"held a drags: it would also move x from v1.0.0 to v1.0.1, whose updates are ignored\n", 1},
		{"one brings another further than asked", toy{requires: map[string]string{"a@v1.0.1": "b v1.0.5"}}, map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\n"},
			"m.toy: a v1.0.1 b v1.0.5\nmade a v1.0.1 patch\nmade b v1.0.5 patch\n", 1},
		{"one brings another too far", toy{requires: map[string]string{"a@v1.0.1": "b v1.3.0"}}, map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\n"},
			"m.toy: a v1.0.0 b v1.0.1\nmade b v1.0.1 patch\nheld a drags: it would also move b from v1.0.0 to v1.3.0 (minor)\n", 0},

		{"another manifest moves along", toy{also: map[string][]string{"m.toy": {"n.toy"}}}, map[string]string{"m.toy": "a v1.0.0\n", "n.toy": "b v1.0.0\na v1.0.0\n"},
			"m.toy: a v1.0.1\nn.toy: b v1.0.1 a v1.0.1\nmade a v1.0.1 patch\nmade b v1.0.1 patch\nmade a v1.0.1 patch\n", 2},
		{"another manifest's bytes move", toy{also: map[string][]string{"m.toy": {"n.toy"}}, requires: map[string]string{"a@v1.0.1": "x v1.0.10000"}}, map[string]string{"m.toy": "a v1.0.0\n", "n.toy": "x v1.0.0\nb v1.0.0\n"},
			"m.toy: a v1.0.1\nn.toy: x v1.0.10000 b v1.0.1\nmade a v1.0.1 patch\nmade b v1.0.1 patch\ndragged n.toy:1 x v1.0.0 v1.0.10000 (patch)\n", 2},
		{"another manifest must not move", toy{also: map[string][]string{"m.toy": {"n.toy"}}, requires: map[string]string{"a@v1.0.1": "x v2.0.0"}}, map[string]string{"m.toy": "a v1.0.0\n", "n.toy": "x v1.0.0\n"},
			"held a drags: it would also move x in n.toy from v1.0.0 to v2.0.0 (major)\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			c.eco.published = published
			w, err := written(t, finishing{&c.eco}, treeOf(c.files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, outcome(w)); diff != "" {
				t.Errorf("(-want +got)\n%s\ncalls %q", diff, c.eco.calls)
			}
			if n := len(c.eco.calls); c.calls != 0 && n > c.calls {
				t.Errorf("%d calls of the tool, want %d: %q", n, c.calls, c.eco.calls)
			}
			left, _ := os.ReadDir(os.TempDir())
			if len(left) > 0 {
				t.Errorf("%s is left behind", left[0].Name())
			}
			// What the tool wrote last fits what is reported.
			for _, f := range w.Files {
				if sum, ok := strings.CutSuffix(f.Path, ".sum"); ok {
					if i := slices.IndexFunc(w.Files, func(o ecosystems.FileChange) bool { return o.Path == sum+".toy" }); i < 0 || "sum of "+string(w.Files[i].Data) != string(f.Data) {
						t.Errorf("%s holds %q", f.Path, f.Data)
					}
				}
			}
		})
	}
}

// TestWriteBytes writes plain edits: nothing outside of them changes.
func TestWriteBytes(t *testing.T) {
	eco := &toy{published: map[string]string{"a": "v1.0.1", "b": "v1.0.22"}}
	for _, c := range []struct{ name, text, want string }{
		{"line ends", "a v1.0.0\r\n\r\nb\tv1.0.0\r\n", "a v1.0.1\r\n\r\nb\tv1.0.22\r\n"},
		{"mixed", "a v1.0.0\r\n# v1.0.0\nb v1.0.0", "a v1.0.1\r\n# v1.0.0\nb v1.0.22"},
		{"no final newline", "b v1.0.0", "b v1.0.22"},
		{"not text", "\xff\xfe x\x00\na v1.0.0\n\xff", "\xff\xfe x\x00\na v1.0.1\n\xff"},
	} {
		w, err := written(t, eco, treeOf(map[string]string{"x.toy": c.text}))
		if err != nil || len(w.Files) != 1 || string(w.Files[0].Data) != c.want {
			t.Errorf("%s: %v %+v", c.name, err, w)
		}
	}
	w, err := written(t, eco, treeOf(map[string]string{"x.toy": "a v1.0.1\n"}))
	if err != nil || len(w.Files)+len(w.Made)+len(w.Held) != 0 {
		t.Errorf("nothing to do: %v %+v", err, w)
	}
}

// TestWriteMisfits are edits that do not fit the files: an error names the line.
func TestWriteMisfits(t *testing.T) {
	eco := &toy{published: map[string]string{"a": "v1.0.1", "b": "v1.0.1"}}
	files := treeOf(map[string]string{"x.toy": "a v1.0.0\nb v1.0.0\n"})
	tree := plan.Tree{FS: files, Rules: config.Load(files, config.Overrides{})}
	p, err := (&updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}).Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		change     func([]plan.Item)
	}{
		{"changed", `x.toy:2: "v9.9.9" stands there, not "v1.0.0"`, func([]plan.Item) { files["x.toy"] = &fstest.MapFile{Data: []byte("a v1.0.0\nb v9.9.9\n")} }},
		{"cut", `x.toy:2: the file ends before "v1.0.0"`, func([]plan.Item) { files["x.toy"] = &fstest.MapFile{Data: []byte("a v1.0.0\nb v1\n")} }},
		{"gone", `x.toy:1: file does not exist`, func([]plan.Item) { delete(files, "x.toy") }},
		{"overlapping", `x.toy:1: two updates write in the same place: "v1.0.1" and "v1.0.2"`, func(items []plan.Item) {
			again := items[0].Edits[0]
			again.New = "v1.0.2"
			items[0].Edits = append(slices.Clone(items[0].Edits), again)
		}},
		{"negative", `x.toy:1: the file ends before`, func(items []plan.Item) {
			wrong := items[0].Edits[0]
			wrong.At.Start = -1
			items[0].Edits = []plan.Edit{wrong}
		}},
	} {
		was := maps.Clone(files)
		items := slices.Clone(p.Items)
		c.change(items)
		if _, err := edit.Write(t.Context(), tree, items, now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		maps.Copy(files, was)
	}
}

// TestWriteInterrupted ends at once, and leaves nothing behind.
func TestWriteInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	files := treeOf(map[string]string{"m.toy": "a v1.0.0\n"})
	tree := plan.Tree{FS: files, Rules: config.Load(files, config.Overrides{})}
	eco := finishing{&toy{published: map[string]string{"a": "v1.0.1"}}}
	p, err := (&updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}).Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := edit.Write(ctx, tree, p.Items, now); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if w, err := edit.Write(ctx, tree, p.Items, now); err != nil || len(w.Held) != 1 || w.Held[0].Reason.Code != ecosystems.ToolFail {
		t.Errorf("out of time: %v %+v", err, w)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("%s is left behind", left[0].Name())
	}
}

// TestWriteUnpacks checks that a copy is taken from any tree that has one, and a second one if much has to be restored.
func TestWriteUnpacks(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	files := treeOf(map[string]string{"m.toy": "a v1.0.0\nb v1.0.0\nx v1.0.0\n"})
	unpacked := 0
	tree := plan.Tree{FS: files, Rules: config.Load(files, config.Overrides{}), Unpack: func(_ context.Context, dir string) error {
		unpacked++
		return os.WriteFile(filepath.Join(dir, "m.toy"), files["m.toy"].Data, 0o644)
	}}
	eco := finishing{&toy{published: map[string]string{"a": "v1.0.1", "b": "v1.0.1", "x": "v1.0.0"}, requires: map[string]string{"b@v1.0.1": "x v3.0.0"}}}
	p, err := (&updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}).Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	w, err := edit.Write(t.Context(), tree, p.Items, now)
	want := "m.toy: a v1.0.1 b v1.0.0 x v1.0.0\nmade a v1.0.1 patch\nheld b drags: it would also move x from v1.0.0 to v3.0.0 (major)\n"
	if err != nil || outcome(w) != want || unpacked != 1 {
		t.Errorf("%v, unpacked %d times\n%s", err, unpacked, outcome(w))
	}
	tree.Unpack = func(context.Context, string) error { return errors.New("no answer") }
	if w, err = edit.Write(t.Context(), tree, p.Items, now); err != nil || len(w.Held) != 2 || !strings.Contains(w.Held[0].Reason.Text, "no answer") {
		t.Errorf("no copy: %v %+v", err, w)
	}
}

// TestWriteCopy is what a tool sees: the tree with the other edits made, without
// what leads outside, and nothing of it is the tree itself.
func TestWriteCopy(t *testing.T) {
	top, outside := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"m.toy": "a v1.0.0\n", "pkg/run.sh": "x", ".git/config": "secret", "node_modules/x/y.go": "x", "sub/.git": "gitdir: x", "pkg/deep/f": "f",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(top, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"inside": "pkg", "pkg/up": "../m.toy", "nowhere": "not/there", "absolute": outside, "dotdot": "../x", "self": "self",
		"pkg/deep/home": "../..", "sly": "pkg/deep/home/../x", // inside in words, outside in truth
	} {
		if err := os.Symlink(to, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(top, "pkg/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var seen []string
	eco := finishing{&toy{published: map[string]string{"a": "v1.0.1"}, look: func(dir string) {
		_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, _ error) error {
			if rel, _ := filepath.Rel(dir, name); !d.IsDir() {
				i, _ := d.Info()
				seen = append(seen, fmt.Sprintf("%s %s", i.Mode(), rel))
			}
			return nil
		})
	}}}
	tree := plan.Tree{FS: root.FS(), Rules: config.Load(root.FS(), config.Overrides{})}
	p, err := (&updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}).Plan(t.Context(), []plan.Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	w, err := edit.Write(t.Context(), tree, p.Items, now)
	if err != nil || len(w.Made) != 1 {
		t.Fatalf("%v %+v", err, w)
	}
	want := []string{
		"Lrwxrwxrwx inside", "-rw------- m.toy", "Lrwxrwxrwx nowhere", "-rw------- pkg/deep/f", "Lrwxrwxrwx pkg/deep/home",
		"-rwxr-xr-x pkg/run.sh", "Lrwxrwxrwx pkg/up",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if data, _ := os.ReadFile(filepath.Join(top, "m.toy")); string(data) != "a v1.0.0\n" {
		t.Errorf("the tree itself was changed: %q", data)
	}
}

// TestWriteLinks writes through symbolic links, and never outside.
func TestWriteLinks(t *testing.T) {
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
	}
	for _, c := range []struct {
		name, file, want string
		links            fstest.MapFS
	}{
		{"a link", "x.toy", "real/y", fstest.MapFS{"x.toy": link("real/y"), "real/y": {Data: []byte("a v1.0.0\n")}}},
		{"links upon links", "x.toy", "real/deep/y", fstest.MapFS{"x.toy": link("in/x"), "in": link("./real/../real"), "real/x": link("deep/z"), "real/deep/z": link("../deep/y"), "real/deep/y": {Data: []byte("a v1.0.0\n")}}},
		{"outside", "x", "x.toy:1: a symbolic link leads out of the repository", fstest.MapFS{"x": link("../y")}},
		{"absolute", "x", "x.toy:1: a symbolic link leads out of the repository", fstest.MapFS{"x": link("/etc/passwd")}},
		{"a circle", "x", "x.toy:1: more than 40 symbolic links", fstest.MapFS{"x": link("x")}},
		{"nowhere", "x", "x.toy:1: file does not exist", fstest.MapFS{"x": link("y")}},
	} {
		eco := &toy{published: map[string]string{"a": "v1.0.1"}}
		files := treeOf(map[string]string{"x.toy": "a v1.0.0\n"})
		tree := plan.Tree{FS: files, Rules: config.Load(files, config.Overrides{})}
		p, err := (&updater.Planner{Ecosystems: []ecosystems.Ecosystem{eco}, Now: now}).Plan(t.Context(), []plan.Tree{tree})
		if err != nil {
			t.Fatal(err)
		}
		delete(files, "x.toy")
		maps.Copy(files, c.links)
		items := slices.Clone(p.Items)
		items[0].Edits[0].At.File = c.file
		w, err := edit.Write(t.Context(), tree, items, now)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case len(w.Files) == 1 && string(w.Files[0].Data) == "a v1.0.1\n":
			got = w.Files[0].Path
		default:
			got = outcome(w)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWriteToolLinks: what a tool writes through a symbolic link stands where that leads.
func TestWriteToolLinks(t *testing.T) {
	files := treeOf(map[string]string{"m.toy": "a v1.0.0\n", "real/sum": "old"})
	files["m.sum"] = &fstest.MapFile{Data: []byte("real/sum"), Mode: fs.ModeSymlink | 0o777}
	w, err := written(t, finishing{&toy{published: map[string]string{"a": "v1.0.1"}}}, files)
	if err != nil || len(w.Files) != 2 || w.Files[0].Path != "m.toy" || w.Files[1].Path != "real/sum" || string(w.Files[1].Data) != "sum of a v1.0.1\n" {
		t.Errorf("%v %+v", err, w)
	}
}
