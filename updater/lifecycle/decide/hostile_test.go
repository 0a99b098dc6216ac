package decide

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/plan"
)

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
		list := Groups(items, &Memory{}, func(ecosystems.Dependency) bool { return false })
		total, branches := 0, map[string]bool{}
		for _, g := range list {
			total += len(g.Updates)
			branches[g.Branch()] = true
			state := Metadata{Group: g.Key, Fingerprint: "f", Head: "h", Over: "o", Pairs: g.Pairs()}.Bounded().Encode()
			text, err := words.Pull(message.Pull{Repo: "a/b", Group: g.Key, Updates: []message.Update{{Name: "x", To: "1"}}, State: state})
			if err != nil || len(text.Body) > 65_536 {
				t.Errorf("%s: %d updates: %v", c.name, len(g.Updates), err)
			}
			if m, ok := decode(text.Body); !ok || len(m.Pairs) != len(g.Updates) {
				t.Errorf("%s: %d of %d pairs are carried", c.name, len(m.Pairs), len(g.Updates))
			}
			if Unparted(g.Key) != "requirements" {
				t.Errorf("%s: a group %s", c.name, g.Key)
			}
		}
		if total != c.n || len(branches) != len(list) || len(list) < c.least || c.least == 1 && len(list) != 1 {
			t.Errorf("%s: %d updates in %d groups on %d branches", c.name, total, len(list), len(branches))
		}
	}
	huge := Metadata{Group: "gomod"}
	for n := range 50_000 {
		huge.Pairs = append(huge.Pairs, Pair{fmt.Sprintf("go.mod#gomod:example.com/%x#1", n*2654435761), "v1.0.1"})
	}
	if m := huge.Bounded(); len(m.Encode()) > maxState || len(m.Pairs) < 1000 {
		t.Errorf("%d pairs in %d bytes", len(m.Pairs), len(m.Encode()))
	}
}

// FuzzHostileMark holds that no body, and no document of a hidden ref, breaks a run.
func FuzzHostileMark(f *testing.F) {
	f.Add(markers.Embed(Metadata{Group: "dockerfile", Pairs: []Pair{{"a", "b"}}}.Encode()), `{"schema":1,"seen":{"a b":"9999-01-01T00:00:00Z"}}`)
	f.Add("<!-- freshpin:state H4sIAAAAAAAA_w 00000000 -->", `{"schema":1,"refused":[{"id":"","to":""}],"open":{"":-1}}`)
	f.Fuzz(func(t *testing.T, body, state string) {
		if m, ok := decode(body); ok && m.Group == "" {
			t.Error("a mark of no group")
		}
		if m, ok := decode(markers.Embed(body)); ok && strings.TrimSpace(m.Group) == "" && m.Group == "" {
			t.Error("a mark of no group")
		}
		m, err := ParseMemory([]byte(state))
		if err != nil {
			return
		}
		again, err := ParseMemory(m.Document())
		if err != nil || string(again.Document()) != string(m.Document()) {
			t.Errorf("the memory does not come back: %v", err)
		}
	})
}
