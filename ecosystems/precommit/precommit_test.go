package precommit

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const (
	old   = "0123456789abcdef0123456789abcdef01234567"
	newer = "fedcba9876543210fedcba9876543210fedcba98"
	file  = ".pre-commit-config.yaml"
)

func ecosystem() *Ecosystem {
	return New(nil, requirements.New(pypi.New(nil, pypi.Indexes{}, nil), nil))
}

func extract(t *testing.T, src string) []ecosystems.Dependency {
	t.Helper()
	deps, err := ecosystem().Extract(fstest.MapFS{file: {Data: []byte(src)}}, file)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return deps
}

// one makes a configuration of one repository; text stands behind "- ".
func one(text string) string {
	return "default_stages: [commit]\nrepos:\n- " + text + "\n  hooks:\n  - id: x\n    rev: v1\n    args: [rev, v1]\n"
}

const black = "repo: https://github.com/psf/black\n  "

// TestExtract: the ugliest shapes.
func TestExtract(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{black + "rev: 22.3.0", "github.com/psf/black 22.3.0"},
		{black + "rev: 22.3", "github.com/psf/black 22.3"},
		{black + "rev: \"v1.2.3\" # why", "github.com/psf/black v1.2.3"},
		{black + "rev: " + old + "  # frozen: 22.3.0", "github.com/psf/black 22.3.0@0123"},
		{black + "rev: '" + old + "' # v22.3.0", "github.com/psf/black v22.3.0@0123"},
		{black + "rev: " + old, "github.com/psf/black @0123"},
		{black + "sha: v1.2.3", "github.com/psf/black v1.2.3"},
		{black + "rev: main", "github.com/psf/black main (unpinned)"},
		{black + "rev: 0123abc", "github.com/psf/black 0123abc (no-tag)"},
		{black + "rev: v1.2.3 # freshpin: ignore", "github.com/psf/black v1.2.3 ignored"},
		{black + "rev: &r v1.2.3", "github.com/psf/black v1.2.3"},
		{black + "rev: >-\n    v1.2.3", "github.com/psf/black v1.2.3"},
		{black + "rev: ''", ""},
		{black + "rev:", ""},
		{black + "rev: [a]", "https://github.com/psf/black  (unsupported)"},
		{black + "rev: \"v1.2\\u002e3\"", "https://github.com/psf/black  (unsupported)"},
		{black + "rev: {{ rev }}", "https://github.com/psf/black  (unsupported)"},
		{"repo: https://github.com/PSF/Black.git\n  rev: v1.2.3", "github.com/PSF/Black v1.2.3"},
		{"repo: git@github.com:psf/black.git\n  rev: v1.2.3", "github.com/psf/black v1.2.3"},
		{"repo: ssh://git@gitlab.com/a/b/c\n  rev: v1.2.3", "gitlab.com/a/b/c v1.2.3"},
		{"repo: https://git.example.com:8443/x\n  rev: v1.2.3", "git.example.com:8443/x v1.2.3"},
		{"rev: v1.2.3\n  repo: 'https://github.com/psf/black'", "github.com/psf/black v1.2.3"},
		{"{repo: https://github.com/psf/black, rev: v1.2.3, x: [", "hooks:  (malformed)"},
		{"repo: local", ""},
		{"repo: meta", ""},
		{"repo: ../hooks\n  rev: v1", "../hooks  (path)"},
		{"repo: file:///x\n  rev: v1", "file:///x  (path)"},
		{"repo: s3://x\n  rev: v1", "s3://x  (unsupported)"},
		{"repo: ${REPO}\n  rev: v1", "${REPO}  (unsupported)"},
		{"repo: [a]\n  rev: v1", ""},
		{"text", "hooks:  (malformed)"},
	} {
		var got []string
		for _, d := range extract(t, one(c.text)) {
			s := d.Name + " " + d.Pin.Text
			if d.Pin.Digest != "" {
				s += "@" + d.Pin.Digest[:4]
			}
			if d.Skip.Code != "" {
				s += " (" + d.Skip.Code + ")"
			}
			if d.Ignored {
				s += " ignored"
			}
			got = append(got, s)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	if got := extract(t, "- repo: https://github.com/a/b\n  rev: v1\n- repo: https://github.com/a/c\n  rev: v2\n"); len(got) != 2 {
		t.Errorf("a list alone: %v", got)
	}
}

// Python packages of hooks: shapes of Renovate's pre-commit manager, and what hooks in other languages name.
func TestAdditional(t *testing.T) {
	for _, c := range []struct{ hooks, want string }{
		{"- id: mypy\n    additional_dependencies: [types-requests==2.31.0, 'alpha>=1.0,<1.1'] # why", "types-requests ==2.31.0; alpha >=1.0,<1.1"},
		{"- id: x\n    additional_dependencies:\n    - flake8-docstrings == 1.5.0 # freshpin: ignore\n    - black[jupyter]~=22.1", "flake8-docstrings == 1.5.0 ignored; black ~=22.1"},
		{"- id: x\n    language: python\n    additional_dependencies: [\"alpha==1.0; python_version<'3.9'\"]", "alpha ==1.0"},
		{"- id: eslint\n    additional_dependencies: [eslint@8.1.0, '@babel/core@7.1.0', prettier]", ""},
		{"- id: rubocop\n    additional_dependencies: ['rubocop:1.2.0', './', 'git+https://x/y@v1', 'cli:cargo-x:1.2']", ""},
		{"- id: x\n    language: node\n    additional_dependencies: ['alpha>=1.0']", ""},
		{"- id: x\n    additional_dependencies: ['alpha==1.*.{{ v }}', \"al\\u0070ha==1.0\", '==1.0', 7, [alpha==1.0]]", "alpha==1.*.{{ v }}  (variable)"},
		{"- id: x\n    additional_dependencies: alpha==1.0", ""},
	} {
		src := "repos:\n- repo: local\n  hooks:\n  " + c.hooks + "\n"
		var got []string
		for _, d := range extract(t, src) {
			text := d.Name + " " + d.Pin.Text
			if d.Skip.IsZero() && src[d.At[0].Start:d.At[0].End] != d.Pin.Text {
				t.Errorf("%s: %+v", c.hooks, d)
			}
			if !d.Skip.IsZero() {
				text += " (" + d.Skip.Code + ")"
			}
			if d.Ignored {
				text += " ignored"
			}
			got = append(got, text)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.hooks, strings.Join(got, "; "), c.want)
		}
	}
}

// A requirement of a hook moves beside the revision, and nothing else does.
func TestEditAdditional(t *testing.T) {
	src := one(black+"rev: 22.3.0") + "    additional_dependencies: ['alpha==1.0.0', \"beta>=1.0,<1.1\"] # why\n"
	deps := extract(t, src)
	if len(deps) != 3 {
		t.Fatalf("%+v", deps)
	}
	var edits []ecosystems.Edit
	for n, to := range []version.Version{gittag.Parse("22.10.0"), mustParse(t, "1.0.2"), mustParse(t, "1.1.3")} {
		e, err := ecosystem().Edit(deps[n], ecosystems.Target{Version: to})
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, e...)
	}
	got, err := ecosystems.Apply([]byte(src), edits)
	want := one(black+"rev: 22.10.0") + "    additional_dependencies: ['alpha==1.0.2', \"beta>=1.1,<1.2\"] # why\n"
	if err != nil || string(got) != want {
		t.Errorf("%v: %s, want %s", err, got, want)
	}
}

func mustParse(t *testing.T, text string) version.Version {
	v, ok := pep440.Parse(text)
	if !ok {
		t.Fatal(text)
	}
	return v
}

// TestEdit: revision and comment move, every other byte stays.
func TestEdit(t *testing.T) {
	for _, c := range []struct {
		text, digest, want string
	}{
		{black + "rev: 22.3.0", "", black + "rev: 22.10.0"},
		{black + "rev: 22.3.0", newer, black + "rev: " + newer + " # frozen: 22.10.0"},
		{black + "rev: '22.3.0' # why", newer, black + "rev: '" + newer + "' # frozen: 22.10.0 # why"},
		{black + "rev: " + old + "  # frozen: 22.3.0", newer, black + "rev: " + newer + "  # frozen: 22.10.0"},
		{black + "rev: " + old, newer, black + "rev: " + newer + " # frozen: 22.10.0"},
	} {
		src := one(c.text)
		deps := extract(t, src)
		edits, err := ecosystem().Edit(deps[0], ecosystems.Target{Version: gittag.Parse("22.10.0"), Digest: c.digest})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got, err := ecosystems.Apply([]byte(src), edits); err != nil || string(got) != one(c.want) {
			t.Errorf("%s: %v\n got %q\nwant %q", c.text, err, got, one(c.want))
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add([]byte(one(black + "rev: " + old + " # frozen: v1.2.3")))
	f.Add([]byte("repos: [{repo: https://github.com/a/b, rev: v1}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		deps, err := ecosystem().Extract(fstest.MapFS{file: {Data: src}}, file)
		if err != nil {
			return
		}
		for n, d := range deps {
			edits, err := ecosystem().Edit(d, ecosystems.Target{Version: gittag.Parse("v99.9.9"), Digest: newer})
			if err != nil {
				continue
			}
			after, err := ecosystems.Apply(src, edits)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ecosystem().Extract(fstest.MapFS{file: {Data: after}}, file)
			if err != nil || len(again) != len(deps) || again[n].Pin.Version.Text != "v99.9.9" {
				t.Fatalf("%q\nbecame\n%q: %v", src, after, err)
			}
		}
	})
}
