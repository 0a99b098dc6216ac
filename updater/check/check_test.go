package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
)

// users finds every USER, and mends it by leaving the line out.
var users = Rule{ID: "no-user", Level: Must, Mode: Default, Title: "t", Also: []string{"DL3002", "DS-0002"}, Docker: func(d *Docker, f *Facts) (found []Finding) {
	for _, in := range d.Instructions {
		if in.Name != "user" {
			continue
		}
		at := ecosystems.Span{Start: in.Start, End: in.End}
		found = append(found, Finding{At: at, Stage: d.StageName(in.Stage), Evidence: in.Args.String(), Text: "t", Fix: &Fix{
			Kind: Safe, Edits: []ecosystems.Edit{{At: ecosystems.Span{File: d.Name, Start: in.Start, End: in.End}, Old: d.Source[in.Start:in.End]}},
		}})
	}
	return found
}}

func judgeText(name, src string, s Settings) Result {
	return Judge([]Rule{users}, []Unit{{Docker: NewDocker(name, src, Surroundings{})}}, nil, s)
}

func TestIgnores(t *testing.T) {
	for _, c := range []struct {
		src  string
		want int // findings that are left
	}{
		{"FROM a\nUSER \\\n # freshpin: ignore no-user: needed by the supervisor\n root\nUSER b", 1},
		{"FROM a\n# freshpin: ignore\n# another remark\nUSER root", 0},
		{"FROM a\n# freshpin: ignore other-rule: x\nUSER root", 1},
		{"FROM a\n# freshpin: ignore other-rule, no-user\nUSER root", 0},
		{"FROM a\n# freshpin: ignore because it is old\nUSER root", 0},
		{"FROM a\n# hadolint ignore=DL3001,DL3002\nUSER root\nUSER b", 1},
		{"# hadolint global ignore=DL3002\nFROM a\nUSER root\nUSER b", 0},
		{"FROM a\n# hadolint ignore=DL3003\nUSER root", 1},
		{"# check=skip=DL3002;error=true\nFROM a\nUSER root", 0},
		{"FROM a\nUSER root\n#checkov:skip=DL3002:why", 0},
		{"FROM a\n# trivy:ignore:AVD-DS-0002\nUSER root\n#trivy:ignore:DS002\n\nUSER c\nUSER d", 1},
		{"# kics-scan disable=abc,DL3002\nFROM a\nUSER root", 1},
		{"# kics-scan ignore\nFROM a\nUSER root", 0},
		{"FROM a\n# kics-scan ignore-line\nUSER root\nUSER b", 1},
		{"FROM a\nUSER root # freshpin: ignore", 1}, // no comment to Docker
	} {
		if r := judgeText("Dockerfile", c.src, Settings{}); len(r.Findings) != c.want {
			t.Errorf("%q: %d findings, want %d", c.src, len(r.Findings), c.want)
		} else if len(r.Ignored) > 0 && r.Ignored[0].Ignored == "" {
			t.Errorf("%q: no reason", c.src)
		}
	}
}

// TestIdentity holds what an identity does not depend on.
func TestIdentity(t *testing.T) {
	ids := func(name, src string) string {
		var out []string
		for _, f := range judgeText(name, src, Settings{}).Findings {
			out = append(out, f.ID)
		}
		slices.Sort(out)
		return strings.Join(out, "|")
	}
	base := ids("a b/Dockerfile", "FROM x:1 AS b\nUSER root\nUSER root\nFROM y\nUSER  a%b")
	if want := "a%20b/Dockerfile no-user - a%25b|a%20b/Dockerfile no-user b root|a%20b/Dockerfile no-user b root#2"; base != want {
		t.Errorf("identities %s, want %s", base, want)
	}
	for _, src := range []string{"# remark\n\nFROM x:2 AS b\nUSER \\\n root\nRUN x\nUSER root\nFROM y\nUSER a%b", "FROM x:1 AS c\nFROM x AS b\nUSER root\nUSER root\nFROM z\nUSER a%b"} {
		if got := ids("a b/Dockerfile", src); got != base {
			t.Errorf("%q: %s, want %s", src, got, base)
		}
	}
}

func TestSettings(t *testing.T) {
	src := "FROM a\nUSER root"
	for _, c := range []struct {
		name string
		s    Settings
		want string
	}{
		{"Dockerfile", Settings{}, "must default"},
		{"a/.devcontainer/Dockerfile", Settings{}, "should default"},
		{"tests/Dockerfile", Settings{Level: Must}, ""},
		{"contest/Dockerfile", Settings{Level: Must}, "must default"},
		{"Dockerfile", Settings{Only: []string{"x"}}, ""},
		{"Dockerfile", Settings{Ignore: func(f *Finding) string { return "settings" }}, ""},
	} {
		got := ""
		for _, f := range judgeText(c.name, src, c.s).Findings {
			got += fmt.Sprint(f.Level, " ", f.Mode)
		}
		if got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.name, c.s, got, c.want)
		}
	}
}

func TestMend(t *testing.T) {
	src := "FROM a\r\nUSER root\r\nUSER root\nRUN x\nUSER b"
	again := func(file, src string) []Finding { return judgeText(file, src, Settings{}).Findings }
	c := ApplyFixes(again("D", src), false, map[string]string{"D": src}, again)
	if got := c.Files["D"]; got != "FROM a\r\nRUN x\n" || len(c.Fixed) != 3 || len(c.Refused) > 0 {
		t.Errorf("mended: %q, %d fixes, refused %v", got, len(c.Fixed), c.Refused)
	}
	stuck := func(file, src string) []Finding { return again(file, "FROM a\nUSER root\nUSER root\nUSER b") }
	if c := ApplyFixes(again("D", src), false, map[string]string{"D": src}, stuck); len(c.Files) > 0 || len(c.Refused) != 3 {
		t.Errorf("a fix that mends nothing: %v, refused %d", c.Files, len(c.Refused))
	}
}

func TestQuestions(t *testing.T) {
	asks := Rule{ID: "asks", Level: Must, Mode: Default, Docker: func(d *Docker, f *Facts) []Finding {
		if image, ok := f.Image("a", ""); ok && image.Digest == "x" {
			return []Finding{{Text: "t"}}
		}
		return nil
	}}
	units := []Unit{{Docker: NewDocker("D", "FROM a", Surroundings{})}}
	first := Judge([]Rule{asks}, units, nil, Settings{})
	if fmt.Sprint(first.Questions) != "[{image a }]" || len(first.Findings) > 0 {
		t.Fatalf("asked %v, found %v", first.Questions, first.Findings)
	}
	facts := &Facts{Answers: map[Question]Answer{first.Questions[0]: {Image: ecosystems.Image{Digest: "x"}}}}
	if second := Judge([]Rule{asks}, units, facts, Settings{}); len(second.Questions) > 0 || len(second.Findings) != 1 {
		t.Fatalf("asked %v, found %v", second.Questions, second.Findings)
	}
}

func TestResults(t *testing.T) {
	d := NewDocker("D", "FROM a AS base\nFROM base AS dev\nFROM b AS tool\nFROM base AS prod", Surroundings{Targets: []string{"DEV", "none"}, Uses: []Use{{Target: "2"}}})
	if fmt.Sprint(d.Results, d.inResults) != "[1 2 3] [true true true true]" {
		t.Errorf("results %v, in results %v", d.Results, d.inResults)
	}
}
