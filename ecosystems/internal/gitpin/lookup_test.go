package gitpin

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/gitserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
)

var pkg = ecosystems.Package{Kind: "action", Name: "acme/tool"}

// at makes up a commit.
func at(word string) string { return gitserver.Object(word) }

// lookup asks a server that has what fill puts there.
func lookup(t *testing.T, fill func(*gitserver.Server)) (*Lookup, *gitserver.Server) {
	t.Helper()
	var s gitserver.Server
	fill(&s)
	server := httptest.NewServer(&s)
	client := fetch.New(fetch.Options{Retries: -1, Backoff: time.Nanosecond})
	t.Cleanup(func() { client.Close(); server.Close() })
	return NewLookup(gitrefs.New(gitrefs.Options{HTTP: client}), func(p ecosystems.Package) string { return server.URL + "/" + p.Name }), &s
}

// tool is a repository with releases, tags that are moved along, and commits between them.
func tool(s *gitserver.Server) {
	for tag, commit := range map[string]string{
		"v1": "1.2.4", "v1.2": "1.2.4", "v1.2.3": "1.2.3", "v1.2.4": "1.2.4", "v1.3.0-rc.1": "rc", "v2.0.0": "2", "beta": "2",
	} {
		s.Tag("acme/tool", tag, commit)
	}
	s.Annotated("acme/tool", "v1.1.0", "1.1.0")
	s.Branch("acme/tool", "main", "head")
	s.Branch("acme/tool", "release/v1", "head")
	s.Held("acme/tool", "between")
	s.Foreign("acme/tool", "fork")
}

// TestPins: what is found out about a pin, and what would be written for the version it stands on.
func TestPins(t *testing.T) {
	object := gitserver.Object("tag acme/tool v1.1.0 1.1.0")
	for _, c := range []struct {
		name, text, commit string // of the comment, or of the reference where there is no commit
		want               string // version, ">" commit by its word, "+" what is written for it, "=" unchanged, codes of notes and of what holds it
	}{
		{"a tag", "v1.2.3", "", "v1.2.3 >1.2.3"},
		{"a tag that is moved along", "v1", "", "v1 >1.2.4 +v1.2.4"},
		{"a line that is moved along", "v1.2", "", "v1.2 >1.2.4 +v1.2.4"},
		{"an annotated tag", "v1.1.0", "", "v1.1.0 >1.1.0"},
		{"a branch that looks like a version", "release/v1", "", "release/v1 name >head"},
		{"neither", "v9", "", "v9 not-found"},
		{"a commit and its version", "v1.2.3", "1.2.3", "v1.2.3 >1.2.3 ="},
		{"without the v", "1.2.3", "1.2.3", "1.2.3 >1.2.3 ="},
		{"a commit alone", "", "1.2.3", "v1.2.3 >1.2.3 ="},
		{"a commit alone that two tags name", "", "1.2.4", "v1.2.4 >1.2.4 ="},
		{"a line, up to date", "v1", "1.2.4", "v1 >1.2.4 ="},
		{"a line, behind", "v1", "1.2.3", "v1 >1.2.4"},
		{"a lie", "v1.2.4", "1.2.3", "v1.2.3 [comment-mismatch] >1.2.3"},
		{"a lie about another line", "v1", "2", "v2.0.0 [comment-mismatch] >2"},
		{"a version that there is not", "v1.2.9", "1.2.3", "v1.2.3 [comment-mismatch] >1.2.3"},
		{"a date", "2024-01-02", "1.2.3", "v1.2.3 >1.2.3"},
		{"a tag object", "v1.1.0", object, "v1.1.0 >1.1.0 tag-object"},
		{"a tag that was moved", "v1.2.3", "between", "v1.2.3 >1.2.3 tag-moved held:tag-moved"},
		{"a line, at no tag", "v1", "between", "v1 >1.2.4"},
		{"a fork's", "v1.2.3", "fork", "v1.2.3 >1.2.3 foreign-commit held:foreign-commit"},
		{"a fork's, on a line", "v1", "fork", "v1 >1.2.4 foreign-commit held:foreign-commit"},
		{"no commit of the repository", "v1.2.3", "none", "v1.2.3 >1.2.3 foreign-commit held:foreign-commit"},
		{"no tag, no comment", "", "between", at("between")[:12] + " name > held:no-tag"},
		{"no tag, a branch in the comment", "main", "head", "main name >head = held:no-tag"},
		{"a branch in the comment, another commit", "main", "1.2.3", "main name >head held:no-tag"},
		{"a word in the comment", "hotfix", "1.2.3", "v1.2.3 >1.2.3 ="},
		{"a tag that is a word", "beta", "2", "beta name >2 ="},
		{"a fork's, no comment", "", "fork", at("fork")[:12] + " name > foreign-commit held:foreign-commit"},
	} {
		l, _ := lookup(t, tool)
		list, err := l.Versions(t.Context(), pkg)
		if err != nil {
			t.Fatal(err)
		}
		d := ecosystems.Dependency{Package: pkg, Pin: ecosystems.Pin{Text: c.text, Version: gittag.Parse(c.text)}}
		if c.commit != "" {
			d.Pin.Digest = at(c.commit)
			if !d.Pin.Version.IsName() {
				d.Pin.Comment = &ecosystems.Span{}
			}
		}
		var notes []ecosystems.Note
		d.Pin.Version, notes = list.ReadPin(d.Pin)
		got := d.Pin.Version.Text
		if again, _ := list.ReadPin(d.Pin); again.Text != got {
			t.Errorf("%s: read twice it is %s", c.name, again)
		}
		if d.Pin.Version.IsName() {
			got += " name"
		}
		for _, n := range notes {
			got += " [" + n.Code + "]"
		}
		target, err := l.Pins(t.Context(), d, d.Pin.Version)
		if got += shown(target); err != nil {
			got = d.Pin.Version.Text + " " + fetch.Code(err)
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// shown writes a target in the words of the table.
func shown(t ecosystems.Target) string {
	s := " >"
	for _, word := range []string{"1.1.0", "1.2.3", "1.2.4", "2", "head"} {
		if t.Digest == at(word) {
			s += word
		}
	}
	if t.Named != "" {
		s += " +" + t.Named
	}
	if t.Unchanged {
		s += " ="
	}
	for _, n := range t.Notes {
		s += " " + n.Code
	}
	if !t.Hold.IsZero() {
		s += " held:" + t.Hold.Code
	}
	return s
}

// TestCandidate: a version to move to is not held for what is wrong with the commit in use, which is said.
func TestCandidate(t *testing.T) {
	l, s := lookup(t, tool)
	d := ecosystems.Dependency{Package: pkg, Pin: ecosystems.Pin{Text: "v1.2.3", Version: gittag.Parse("v1.2.3"), Digest: at("fork")}}
	for range 3 {
		target, err := l.Pins(t.Context(), d, gittag.Parse("v1.2.4"))
		if got := shown(target); err != nil || got != " >1.2.4 foreign-commit" {
			t.Errorf("%s, %v", got, err)
		}
	}
	if got := fmt.Sprint(s.Requests()); got != "map[fetch:1 refs:1]" {
		t.Errorf("requests %s", got)
	}
	if _, err := l.Pins(t.Context(), ecosystems.Dependency{Package: ecosystems.Package{Name: "acme/none"}}, gittag.Parse("v1")); fetch.Code(err) != fetch.NotFound {
		t.Errorf("no repository: %v", err)
	}
}

// TestReached: what a tag that is moved along stands for.
func TestReached(t *testing.T) {
	l, _ := lookup(t, tool)
	for tag, want := range map[string]string{"v1": "v1.2.4", "v1.2": "v1.2.4", "v1.2.3": "", "v2": "", "v9": ""} {
		got, ok := l.Reached(t.Context(), pkg, gittag.Parse(tag))
		if got.Text != want && ok || ok != (want != "") {
			t.Errorf("Reached(%s) = %s, %v", tag, got, ok)
		}
	}
}

// TestHostileTags: names of tags that must not be written are no candidates.
func TestHostileTags(t *testing.T) {
	l, _ := lookup(t, func(s *gitserver.Server) {
		for _, tag := range []string{"v1.0.0", "v1.0.1$(id)", "v1.0.2`x`", "v1.0.3'", "v1.0.4\"", "v1.0.5#", "v1.0.6;x", "v1.0.7{{x}}", "v1.0.8%0a", "v1." + strings.Repeat("0", 300)} {
			s.Tag("acme/tool", tag, tag)
		}
	})
	list, err := l.Versions(t.Context(), pkg)
	if err != nil || len(list.Candidates) != 1 || list.Candidates[0].Version.Text != "v1.0.0" {
		t.Errorf("%v, %v", list.Candidates, err)
	}
}
