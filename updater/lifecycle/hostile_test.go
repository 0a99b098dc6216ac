package lifecycle

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/marks"
	"github.com/freshpin/freshpin/updater/plan"
)

// a crowd is a forge on which strangers comment; it counts what is asked of it.
type crowd struct {
	comments   []forge.Comment
	asks, says int
}

func (c *crowd) Comments(context.Context, string, time.Time) ([]forge.Comment, error) {
	return c.comments, nil
}
func (c *crowd) MayWrite(_ context.Context, _, user string) (bool, error) {
	c.asks++
	return user == "ada", nil
}
func (c *crowd) Say(context.Context, string, int, string, string) error { c.says++; return nil }

// TestHostileCommands: many commands cost as much as one (F17).
func TestHostileCommands(t *testing.T) {
	for _, c := range []struct {
		name       string
		author     func(n int) string
		n          int
		asks, says int
		later      bool
	}{
		{"one stranger", func(int) string { return "eve" }, 2000, 1, 1, false},
		{"one who may", func(int) string { return "ada" }, 2000, 1, 1, false},
		{"two", func(n int) string { return []string{"eve", "mallory"}[n%2] }, 500, 2, 1, false},
		{"many", func(n int) string { return fmt.Sprint("eve", n) }, 2000, maxStrangers, 1, true},
	} {
		k := &crowd{}
		for n := range c.n {
			k.comments = append(k.comments, forge.Comment{ID: int64(n + 1), Number: 7, Author: c.author(n), Body: "/freshpin dance"})
		}
		words, err := message.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &run{Reconciler: &Reconciler{Forge: talking{crowd: k}, Message: words}, memory: &Memory{Schema: 1}, report: &Report{},
			open: map[string]*branch{"freshpin/x": {PullRequest: forge.PullRequest{Number: 7}}}}
		if err := r.listen(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if k.asks != c.asks || k.says != c.says || (r.report.Later != nil) != c.later {
			t.Errorf("%s: %d asked, %d said, later %v; want %d, %d, %t", c.name, k.asks, k.says, r.report.Later, c.asks, c.says, c.later)
		}
		if want := int64(c.n); !c.later && r.memory.Comment != want || c.later && r.memory.Comment != maxStrangers {
			t.Errorf("%s: read up to comment %d", c.name, r.memory.Comment)
		}
	}
}

// talking is a forge with nothing but comments.
type talking struct {
	forge.Forge
	*crowd
}

// TestHostileSize: a group of any size has a state that a body holds (F28).
func TestHostileSize(t *testing.T) {
	words, err := message.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		n     int
		item  func(n int) (file, pkg string)
		least int // groups
	}{
		{"few", 200, func(n int) (string, string) { return fmt.Sprintf("svc%d/Dockerfile", n), "python" }, 1},
		{"many files", 20_000, func(n int) (string, string) { return fmt.Sprintf("svc%d/%x/Dockerfile", n, n*2654435761), "python" }, 2},
		{"one file", 20_000, func(n int) (string, string) { return "requirements.txt", fmt.Sprintf("p%x", n*2654435761) }, 2},
	} {
		var items []plan.Item
		for n := range c.n {
			file, pkg := c.item(n)
			i := plan.Item{
				ID:         fmt.Sprintf("%s#requirements:%s#%d", file, pkg, n),
				Dependency: ecosystems.Dependency{Ecosystem: "requirements", Name: pkg, Package: ecosystems.Package{Kind: "pypi", Name: pkg}},
			}
			i.Status, i.Band, i.Target = plan.Update, "patch", ecosystems.Target{Version: version.Version{Text: "1.0.1"}}
			i.Edits = []plan.Edit{{Edit: ecosystems.Edit{At: ecosystems.Span{File: file, Start: n, End: n + 1}}}}
			items = append(items, i)
		}
		list := groups(items, &Memory{}, func(ecosystems.Dependency) bool { return false })
		total, branches := 0, map[string]bool{}
		for _, g := range list {
			total += len(g.Updates)
			branches[g.branch()] = true
			state := metadata{Group: g.Key, Fingerprint: "f", Head: "h", Over: "o", Pairs: g.pairs()}.bounded().encode()
			text, err := words.Pull(message.Pull{Repo: "a/b", Group: g.Key, Updates: []message.Update{{Name: "x", To: "1"}}, State: state})
			if err != nil || len(text.Body) > 65_536 {
				t.Errorf("%s: %d updates: %v", c.name, len(g.Updates), err)
			}
			if m, ok := decode(text.Body); !ok || len(m.Pairs) != len(g.Updates) {
				t.Errorf("%s: %d of %d pairs are carried", c.name, len(m.Pairs), len(g.Updates))
			}
			if unparted(g.Key) != "requirements" {
				t.Errorf("%s: a group %s", c.name, g.Key)
			}
		}
		if total != c.n || len(branches) != len(list) || len(list) < c.least || c.least == 1 && len(list) != 1 {
			t.Errorf("%s: %d updates in %d groups on %d branches", c.name, total, len(list), len(branches))
		}
	}
	huge := metadata{Group: "gomod"}
	for n := range 50_000 {
		huge.Pairs = append(huge.Pairs, Pair{fmt.Sprintf("go.mod#gomod:example.com/%x#1", n*2654435761), "v1.0.1"})
	}
	if m := huge.bounded(); len(m.encode()) > maxState || len(m.Pairs) < 1000 {
		t.Errorf("%d pairs in %d bytes", len(m.Pairs), len(m.encode()))
	}
}

// FuzzHostileMark holds that no body, and no document of a hidden ref, breaks a run.
func FuzzHostileMark(f *testing.F) {
	f.Add(marks.Embed(metadata{Group: "dockerfile", Pairs: []Pair{{"a", "b"}}}.encode()), `{"schema":1,"seen":{"a b":"9999-01-01T00:00:00Z"}}`)
	f.Add("<!-- freshpin:state H4sIAAAAAAAA_w 00000000 -->", `{"schema":1,"refused":[{"id":"","to":""}],"open":{"":-1}}`)
	f.Fuzz(func(t *testing.T, body, state string) {
		if m, ok := decode(body); ok && m.Group == "" {
			t.Error("a mark of no group")
		}
		if m, ok := decode(marks.Embed(body)); ok && strings.TrimSpace(m.Group) == "" && m.Group == "" {
			t.Error("a mark of no group")
		}
		m, err := parseMemory([]byte(state))
		if err != nil {
			return
		}
		again, err := parseMemory(m.document())
		if err != nil || string(again.document()) != string(m.document()) {
			t.Errorf("the memory does not come back: %v", err)
		}
	})
}
