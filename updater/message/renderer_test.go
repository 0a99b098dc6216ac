package message

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/templates"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/message/untrusted"
	"github.com/freshpin/freshpin/updater/sanitize"
)

func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

// TestBroken: what is wrong with an operator's template is said at the start, with the place.
func TestBroken(t *testing.T) {
	for _, c := range [][3]string{
		{"pull-body.md.tmpl", "one\ntwo {{cod .Name}}", `pull-body.md.tmpl:2: function "cod" not defined`},
		{"pull-body.md.tmpl", "{{range .Rows}}", "pull-body.md.tmpl:1: unexpected EOF"},
		{"pull-body.md.tmpl", "\n\n{{range .Rows}}{{.Nme}}{{end}}", "pull-body.md.tmpl:3:"},
		{"pull-body.md.tmpl", "{{codes .Nope 1}}", "pull-body.md.tmpl:1:"},
		{"pull-title.tmpl", "  \n", "pull-title.tmpl: it renders nothing"},
		{"pull-title.tmpl", "{{if .Conventional}}chore: x{{end}}", "pull-title.tmpl: it renders nothing"},
		{"commit.tmpl", "{{.Titel}}", "commit.tmpl:1:"},
		{"dashboard.md.tmpl", "{{.When}}", `dashboard.md.tmpl: it does not define "title"`},
		{"dashboard.md.tmpl", `{{define "title"}}x{{end}}{{index .Held 99}}`, "dashboard.md.tmpl:1:"},
		{"comment-touched.md.tmpl", "", "comment-touched.md.tmpl: it renders nothing"},
		{"comment-touched.md.tmpl", "{{.Name}}", "comment-touched.md.tmpl:1:"},
		{"pull-boddy.md.tmpl", "x", "pull-boddy.md.tmpl: unknown template; the templates are comment-closed.md.tmpl, "},
		{"pull-body.md.tmpl", strings.Repeat("x", 1<<20+1), "pull-body.md.tmpl: 1048577 bytes exceed the limit"},
		{"pull-body.md.tmpl", strings.Repeat("x", 70_000), "pull-body.md.tmpl: renders 70000 bytes even without rows"},
		{"pull-body.md.tmpl", "{{call .Rows}}", "pull-body.md.tmpl:1:"},
	} {
		_, err := New(files(c[0], c[1]))
		var broken *templateset.Error
		if err == nil || !strings.HasPrefix(err.Error(), c[2]) || !errors.As(err, &broken) {
			t.Errorf("New with %s %.40q: %v, want %q", c[0], c[1], err, c[2])
		}
	}
}

// TestOverride: one file replaces one text; what it prints is escaped whether it asks for that or not.
func TestOverride(t *testing.T) {
	r, err := New(files(
		"pull-title.tmpl", "\ufeff[deps]\r\n {{.Phrase}}\r\n",
		"pull-body.md.tmpl", "{{range .Rows}}{{.Name}} {{printf \"%s\" .Name}} {{print .Name}}{{html .Name}}{{end}}",
		"README.md", "not a template",
	))
	if err != nil {
		t.Fatal(err)
	}
	p := small()
	p.Updates[0].Name = "<b>@x #1"
	text, err := r.Pull(p)
	if err != nil || text.Title != "[deps] update <b>@"+string(sanitize.Joiner)+"x #"+string(sanitize.Joiner)+"1 from 3.6.1 to 3.6.15 in Dockerfile" {
		t.Errorf("title %q, %v", text.Title, err)
	}
	if got := parseMarkdown(text.Body); len(got.html) > 0 || strings.Contains(text.Body, "@x") || strings.Contains(text.Body, "<b>") {
		t.Errorf("body %q", text.Body)
	}
	if state, ok := markers.Extract(text.Body); !ok || state != p.State {
		t.Errorf("the state is lost: %q", text.Body)
	}
	if !strings.HasPrefix(text.Commit, text.Title+"\n\n- ") {
		t.Errorf("commit %q", text.Commit)
	}
	_, body, err := r.Board(dashboard())
	if err != nil || !strings.Contains(body, "## Held") {
		t.Errorf("dashboard %q, %v", body, err)
	}
}

// TestFallback: a template that fails only now costs its wording, not the pull request.
func TestFallback(t *testing.T) {
	r, err := New(files("pull-title.tmpl", `{{if eq .Repo "acme/odd"}}{{index .Rows 9}}{{end}}{{.Phrase}}`, "comment-ignored.md.tmpl", `{{if eq . "odd"}}{{index . 99}}{{end}}mine`))
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := small()
	if text, err := r.Pull(p); err != nil || text.Title != "update python from 3.6.1 to 3.6.15 in Dockerfile" {
		t.Errorf("%q, %v", text.Title, err)
	}
	p.Repo = "acme/odd"
	want, _ := builtin.Pull(p)
	text, err := r.Pull(p)
	var broken *templateset.Error
	if text != want || !errors.As(err, &broken) || !strings.HasPrefix(err.Error(), "pull-title.tmpl:1:") {
		t.Errorf("%q, %v", text.Title, err)
	}
	said, err := r.Say("ignored", "odd")
	if !strings.HasPrefix(said, "`odd` is ignored") || !errors.As(err, &broken) {
		t.Errorf("%q, %v", said, err)
	}
}

func TestSay(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind  string
		about any
		want  string
	}{
		{"touched", nil, "This branch has commits that are not Freshpin's"},
		{"closed", "Nothing is left to update here.", "Nothing is left to update here."},
		{"ignored", "python", "`python` is ignored"},
		{"ignored-nothing", "pyhton", "No dependency of this repository is called `pyhton`"},
		{"unknown-command", "dance ", "`dance` is not a command."},
		{"unknown-command", " ", "The command is missing."},
		{"not-allowed", nil, "Freshpin takes commands only from people with write access"},
		{"failed", errors.New("no <way>"), "The command failed: no &#60;way&#62;"},
	} {
		got, err := r.Say(c.kind, c.about)
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("Say(%q, %v) = %q, %v, want %q", c.kind, c.about, got, err, c.want)
		}
		for _, about := range []any{c.about, hostile, "/freshpin recreate", "\n/freshpin recreate\n"} {
			said, err := r.Say(c.kind, about)
			if err != nil && about != nil {
				t.Errorf("Say(%q, %v): %v", c.kind, about, err)
			}
			if o, ok := markers.Command(said); ok {
				t.Errorf("Say(%q, %v) commands %v: %q", c.kind, about, o, said)
			}
			if p := parseMarkdown(said); len(p.html)+len(p.links)+len(p.others) > 0 {
				t.Errorf("Say(%q, %v) has HTML %q, links %q, blocks %q", c.kind, about, p.html, p.links, p.others)
			}
		}
	}
	if _, err := r.Say("nonsense", nil); err == nil {
		t.Error("no error for a kind that there is not")
	}
	if _, err := r.Pull(Pull{Group: "x"}); err == nil {
		t.Error("no error for a pull request that updates nothing")
	}
	huge := small()
	huge.State = strings.Repeat("x", 70_000)
	if _, err := r.Pull(huge); err == nil {
		t.Error("no error for a state that no body holds")
	}
	huge.State = strings.Repeat("x", 59_500)
	if text, err := r.Pull(huge); err != nil || weight(text.Body) > 65_536 {
		t.Errorf("a large state: %d bytes, %v", len(text.Body), err)
	}
}

func TestEveryTemplateIsUsed(t *testing.T) {
	entries, err := templates.FS.ReadDir(".")
	if err != nil || len(entries) < 10 {
		t.Fatalf("%d templates, %v", len(entries), err)
	}
	for _, e := range entries {
		_, isComment := kindOf(e.Name())
		switch e.Name() {
		case titleFile, bodyFile, commitFile, boardFile, hardenFile:
		default:
			if !isComment {
				t.Errorf("%s is for nothing", e.Name())
			}
		}
	}
}

// TestReadme: what templates can use is written down.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../templates/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range untrusted.Functions() {
		if !strings.Contains(string(readme), "| `"+name+" ") {
			t.Errorf("the function %s is not in the README", name)
		}
	}
	for _, v := range []any{pullView[untrusted.Line]{}, rowView[untrusted.Line]{}, heldView[untrusted.Line]{}, bandView[untrusted.Line]{}, imageView[untrusted.Line]{}, sideView[untrusted.Line]{}, changeView[untrusted.Line]{}, releaseView[untrusted.Line]{}, boardView{}, proposedView{}, vulnerableView{}, detectedView{}, hardenView{}, findingView{}, unreadView{}} {
		for f := range reflect.TypeOf(v).Fields() {
			if !strings.Contains(string(readme), "`."+f.Name+"`") && !strings.HasSuffix(f.Name, "More") {
				t.Errorf("the field .%s is not in the README", f.Name)
			}
		}
	}
}
