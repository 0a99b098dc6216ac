package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/message/markers"
)

func dashboard() Dashboard {
	held := Held{ID: "Dockerfile#dockerfile:docker.io/library/python#1", Name: "python", File: "Dockerfile", Line: 1, Current: "3.6.15", Available: "3.13.1", Code: "policy", Reason: "newer lines exist beyond allow: patch"}
	ticked := Held{ID: "go.mod#gomod:github.com/a/b#1", Name: "github.com/a/b", File: "go.mod", Line: 9, Current: "v1.2.3", Available: "github.com/a/b/v2 v2.0.1", Code: "policy", Reason: "v2 is another module"}
	return Dashboard{
		Repo: "acme/shop", Now: time.Date(2026, 11, 23, 17, 54, 3, 0, time.UTC), Current: 41, Ignored: []string{"redis", "x/net"},
		Proposed: []Proposed{
			{Group: "gomod", Number: 12, Title: "Update 4 Go modules: x/net, cobra and 2 more", Updates: 4},
			{Group: "compose", Why: "3 pull requests are open, the limit is 3", Updates: 1},
		},
		Alarms: []Held{{Name: "acme/tool", File: "Dockerfile", Line: 4, Current: "1.0.0", Code: "checksum-mismatch", Reason: "the sha256 of tool is 0123… in the file, and the digest of GitHub's asset says 4567…"}},
		Held:   []Held{held, ticked}, Ticked: []string{ticked.ID},
		Skipped: []Held{{Name: "app", File: "compose.yaml", Line: 3, Code: "build", Reason: "the image is built here, not pulled"}},
		Failed:  []Held{{Name: "ghcr.io/acme/app", File: "Dockerfile", Line: 9, Code: "unauthorized", Reason: "list tags of ghcr.io/acme/app: GET https://ghcr.io/v2/acme/app/tags/list: 401 Unauthorized"}},
	}
}

func TestBoard(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	bad := dashboard()
	bad.Problem = ".freshpin.yaml:7: allow \"mnor\" is not patch, minor or major\nhint: did you mean <minor>? @acme\n"
	for name, b := range map[string]Dashboard{
		"board": dashboard(), "board-empty": {Now: dashboard().Now}, "board-problem": {Problem: bad.Problem, Now: bad.Now}, "board-hostile": hostileBoard(),
	} {
		title, body, err := r.Board(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden(t, name+".md", title+"\n----\n"+body)
		got := parseMarkdown(body)
		if len(got.html) > 0 || slices.ContainsFunc(got.links, func(l string) bool { return l != "https://github.com/freshpin/freshpin" }) {
			t.Errorf("%s: HTML %q, links %q", name, got.html, got.links)
		}
		if ticked := markers.Boxes(body); !slices.Equal(ticked, b.Ticked) {
			t.Errorf("%s: Boxes = %q, want %q", name, ticked, b.Ticked)
		}
		if n := strings.Count(body, runPrefix+"2026-11-23T17:54:03Z -->"); n != 1 {
			t.Errorf("%s: the time of the run stands there %d times", name, n)
		}
	}
}

func hostileBoard() Dashboard {
	h := Held{ID: hostile, Name: hostile, File: hostile, Current: hostile, Available: hostile + "1", Reason: hostile}
	return Dashboard{
		Repo: hostile, Now: dashboard().Now, Held: []Held{h}, Skipped: []Held{h}, Failed: []Held{h}, Ticked: []string{hostile},
		Alarms: []Held{{Name: hostile, File: hostile, Current: hostile, Reason: hostile}}, Ignored: []string{hostile}, Problem: hostile, Proposed: []Proposed{{Group: hostile, Title: hostile, Why: hostile}},
	}
}

func TestLargeBoard(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := dashboard()
	h := b.Held[0]
	for i := range 5000 {
		h.ID = fmt.Sprint("x#", i)
		b.Held = append(b.Held, h)
	}
	b.Ticked = []string{"x#4999"}
	_, body, err := r.Board(b)
	if err != nil || weight(body) > maxBody || !strings.Contains(body, " more; `freshpin outdated` lists them all.") {
		t.Errorf("%d bytes, %d, %v", len(body), weight(body), err)
	}
	if got := markers.Boxes(body); !slices.Equal(got, b.Ticked) {
		t.Errorf("Boxes = %q, want %q", got, b.Ticked)
	}
}
