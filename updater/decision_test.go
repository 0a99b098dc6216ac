package updater_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
)

// TestHashedSiblings: dependabot-core #9409, a pin that stands with hashes in
// one file and without in another has two targets, whichever file comes first.
func TestHashedSiblings(t *testing.T) {
	const hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hashed := regexp.MustCompile(`^alphalib==1\.0\.1 \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+$`)
	for _, names := range [][2]string{{"requirements-dev.txt", "requirements.txt"}, {"requirements.txt", "requirements-dev.txt"}} {
		plain, pinned := names[0], names[1]
		tree := fstest.MapFS{
			plain:  {Data: []byte("alphalib==1.0.0\n")},
			pinned: {Data: []byte("alphalib==1.0.0 \\\n    --hash=" + hash + "\n")},
		}
		p := worldPlan(t, "pypi alphalib 1.0.0 1.0.1", tree)
		for n, i := range p.Items {
			other := plan.Plan{Items: p.Items[n : n+1]}
			text := after(t, tree, i.File, &other)
			if i.File == plain && text != "alphalib==1.0.1\n" || i.File == pinned && !hashed.MatchString(text) {
				t.Errorf("%s: %s (%s):\n%s", i.File, i.Status, i.Reason.Text, text)
			}
		}
	}
}

// TestImageInManyFiles: what is asked about an image is asked once for all files,
// also by a client that remembers nothing (so that the date costs manifest and
// config again) and where many ask at the same time.
func TestImageInManyFiles(t *testing.T) {
	s := &ociserver.Server{}
	for _, tag := range []string{"1.1", "2.0.1", "2.0.2"} {
		s.Add("library/x", tag, image(tag))
	}
	server := httptest.NewServer(s)
	defer server.Close()
	tree := fstest.MapFS{}
	for n := range 100 {
		tree[fmt.Sprintf("%d/Dockerfile", n)] = &fstest.MapFile{Data: []byte("FROM x:1.1\nFROM x:2.0.1\n")}
		tree[fmt.Sprintf("%d/compose.yaml", n)] = &fstest.MapFile{Data: []byte("services:\n  a:\n    image: x:2.0.1\n")}
	}
	planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{
		HTTP: fetch.New(fetch.Options{Memory: 1}), Getenv: func(string) string { return "" }, Mirrors: map[string]string{"docker.io": server.URL},
	})}
	p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range p.Items {
		if i.Status != plan.Update || len(i.Edits) != 1 {
			t.Fatalf("%s:%d: %s (%s)", i.File, i.Line, i.Status, i.Reason.Text)
		}
	}
	if got, want := counted(s.Requests()), "tags 1, head 1, manifest 3, blob 3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRolledBack: a release that was taken back by publishing the one before it
// again is never proposed, whatever stands above it.
func TestRolledBack(t *testing.T) {
	for _, c := range []struct {
		tags           string // tag=content, those of "young" were made today
		settings       string
		status         plan.Status
		target, reason string
	}{
		{"1.0.0=x 1.0.1=y 1.0.2=x", "", plan.Update, "1.0.0", ""},
		{"1.0.0=x 1.0.1=y 1.0.2=x", "digests: ignore", plan.Current, "", ""},
		{"1.0.0=x 1.0.1=y 1.0.2=x 1.0.3=young", "digests: ignore", plan.Held, "", "cooldown"},
		{"1.0.0=x 1.0.1=y 1.0.2=x 1.0.3=z", "", plan.Update, "1.0.3", ""},
		{"1.0.0=x 1.0.1=y 1.0.2=x 1.1.0=z", "", plan.Update, "1.0.0", ""},
		{"1.0.0=x 1.0.1=y 1.0.2=x 1.1.0=x", "allow: minor", plan.Update, "1.0.0", ""},
	} {
		s := &ociserver.Server{}
		for word := range strings.FieldsSeq(c.tags) {
			tag, content, _ := strings.Cut(word, "=")
			i := image(content)
			if content == "young" {
				i.Created = now.Add(-time.Hour)
			}
			s.Add("library/x", tag, i)
		}
		i := only(t, planOf(t, map[string]string{"Dockerfile": "FROM x:1.0.0\n", ".freshpin.yaml": c.settings}, s))
		if i.Status != c.status || i.Target.Version.Text != c.target || i.Reason.Code != c.reason {
			t.Errorf("%s %s: %s to %s (%s)", c.tags, c.settings, i.Status, i.Target.Version, i.Reason.Text)
		}
	}
}

// TestBehind: a target older than safe says why, whatever the reason.
func TestBehind(t *testing.T) {
	for _, c := range []struct {
		name, world, file, text, settings string
		target, code                      string
	}{
		{"too young", "pypi a 1.0.0@2020-01-01 1.0.1@2020-02-01 1.0.2@2026-11-22", "requirements.txt", "a==1.0.0\n", "", "1.0.1", "cooldown"},
		{"it cannot be installed beside another pin", "pypi a 1.0.0 1.0.1\npypi a 1.0.2 requires=b>=2\npypi b 1.0.0", "requirements.txt", "a==1.0.0\nb==1.0.0\n", "", "1.0.1", "conflict"},
		{"the tag names the image in use", "image library/a 1.0.0 1.0.2 content=x\nimage library/a 1.0.1", "Dockerfile", "FROM a:1.0.0\n", "", "1.0.0", "same-image"},
		{"it lacks a platform", "image library/a 1.0.0 1.0.1 platforms=linux/amd64,linux/arm64\nimage library/a 1.0.2", "Dockerfile", "FROM a:1.0.0\n", "", "1.0.1", "platform"},
		{"nothing newer", "pypi a 1.0.0 1.0.1", "requirements.txt", "a==1.0.0\n", "", "1.0.1", ""},
		{"beyond the line", "pypi a 1.0.0 1.0.1 1.1.0 1.1.1", "requirements.txt", "a==1.0.0\n", "", "1.0.1", ""},
	} {
		tree := fstest.MapFS{c.file: {Data: []byte(c.text)}, ".freshpin.yaml": {Data: []byte(c.settings)}}
		i := worldPlan(t, c.world, tree).Items[0]
		noted := slices.Contains(i.Notes, ecosystems.Note(i.Behind))
		if i.Target.Version.Text != c.target || i.Behind.Code != c.code || noted != (c.code != "") {
			t.Errorf("%s: %s to %s (safe %s), behind %+v, notes %v", c.name, i.Status, i.Target.Version, i.Safe, i.Behind, i.Notes)
		}
		if c.code != "" {
			p := &plan.Plan{Items: []plan.Item{i}}
			for format, print := range map[string]func(io.Writer) error{
				"table":    func(w io.Writer) error { return report.Table(w, p, report.Options{}) },
				"json":     func(w io.Writer) error { return report.JSON(w, p, "") },
				"markdown": func(w io.Writer) error { return report.Markdown(w, p) },
				"sarif":    func(w io.Writer) error { return report.SARIF(w, p, "") },
			} {
				var b strings.Builder
				if err := print(&b); err != nil {
					t.Fatal(err)
				}
				letters := func(s string) string {
					return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }), " ")
				}
				if !strings.Contains(letters(b.String()), letters(i.Behind.Text)) {
					t.Errorf("%s: the %s does not say %q:\n%s", c.name, format, i.Behind.Text, b.String())
				}
			}
		}
	}
}
