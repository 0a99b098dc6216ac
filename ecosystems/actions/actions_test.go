package actions

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
)

const (
	old    = "0123456789abcdef0123456789abcdef01234567"
	newer  = "fedcba9876543210fedcba9876543210fedcba98"
	digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func extract(t *testing.T, file, src string) []ecosystems.Dependency {
	t.Helper()
	deps, err := New(nil, nil, "").Extract(fstest.MapFS{file: {Data: []byte(src)}}, file)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return deps
}

// show writes a dependency as "package pin@digest (reason)".
func show(d ecosystems.Dependency) string {
	s := d.Package.Name
	if s == "" {
		s = d.Name
	}
	if d.Package.Kind != kind {
		s = d.Package.Kind + ":" + s
	}
	s += " " + d.Pin.Text
	if d.Pin.Digest != "" {
		s += "@" + d.Pin.Digest[:4]
	}
	if d.Pin.Comment != nil {
		s += "#"
	}
	if d.Pin.NoDigest != "" {
		s += "!"
	}
	if d.Skip.Code != "" {
		s += " (" + d.Skip.Code + ")"
	}
	if d.Ignored {
		s += " ignored"
	}
	return s
}

// step makes a workflow of one step; text stands behind "      - ".
func step(text string) string {
	return "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - " + text + "\n      - run: |\n          uses: not/this@v1\n"
}

// TestUses: the ugliest shapes of what a step can use, and what is read of them.
func TestUses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"uses: actions/checkout@" + old + " # v4.2.1", "actions/checkout v4.2.1@0123#"},
		{"uses: actions/checkout@" + old + "# v4.2.1", "actions/checkout@0123456789abcdef0123456…  (unsupported)"}, // no comment: a part of the text
		{"uses: actions/checkout@" + strings.ToUpper(old) + " # v4.2.1", "actions/checkout v4.2.1@0123#"},
		{"uses: 'actions/checkout@" + old + "' # v4.2.1", "actions/checkout v4.2.1@0123#"},
		{"uses: \"actions/checkout@" + old + "\"   #v4", "actions/checkout v4@0123#"},
		{"{uses: actions/checkout@" + old + "} # v4", "actions/checkout v4@0123#"},
		{"{name: x, uses: actions/checkout@v4, with: {a: b}} # v4.2.1", "actions/checkout v4!"},
		{"{name: x, uses: actions/checkout@v4}", "actions/checkout v4"},
		{"\"uses\": actions/checkout@v4", "actions/checkout v4"},
		{"uses : actions/checkout@v4", "actions/checkout v4"},
		{"uses:\n          actions/checkout@v4", "actions/checkout v4"},
		{"uses: >-\n          actions/checkout@v4", "actions/checkout v4!"},
		{"uses: |\n          actions/checkout@v4", "actions/checkout v4!"},
		{"uses: \"actions/\\\n          checkout@v4\"", "actions/checkout@v4 (unsupported)"},
		{"uses: &checkout actions/checkout@v4 # v4.2.1", "actions/checkout v4#"},
		{"uses: !!str actions/checkout@v4", "actions/checkout v4"},
		{"&step\n        uses: actions/checkout@v4\n      - *step", "actions/checkout v4"},
		{"<<: {uses: actions/checkout@v4}\n        name: x", "actions/checkout v4"},
		{"name: x # v1\n        uses: actions/checkout@v4", "actions/checkout v4"},
		{"uses: Actions/CheckOut@v4", "actions/checkout v4"},
		{"uses: github/codeql-action/init@v3", "github/codeql-action v3"},
		{"uses: acme/repo/.github/actions/x@name/v1.2.3", "acme/repo name/v1.2.3"},
		{"uses: acme/repo@refs/tags/v1.2.3", "acme/repo v1.2.3"},
		{"uses: acme/repo@refs/heads/main", "acme/repo main (unpinned)"},
		{"uses: acme/repo@refs/heads/v1", "acme/repo v1 (unpinned)"},
		{"uses: acme/repo@main", "acme/repo main (unpinned)"},
		{"uses: acme/repo@release/v1", "acme/repo release/v1"}, // a tag or a branch: the repository tells
		{"uses: acme/repo@0123abc", "acme/repo 0123abc (no-tag)"},
		{"uses: acme/repo@1.2", "acme/repo 1.2"},
		{"uses: acme/repo@v1.x", "acme/repo v1.x (unpinned)"},
		{"uses: acme/repo@" + old, "acme/repo @0123"},
		{"uses: acme/repo@" + old + " # main", "acme/repo main@0123"},
		{"uses: acme/repo@" + old + old[:24] + " # v1", "acme/repo v1@0123#"}, // SHA-256
		{"uses: acme/repo@v1 # zizmor: ignore[unpinned-uses]", "acme/repo v1"},
		{"uses: acme/repo@v1 # freshpin: ignore", "acme/repo v1 ignored"},
		{"uses: acme/repo@" + old + " # v1 # freshpin: ignore", "acme/repo v1@0123# ignored"},
		{"uses: ./.github/actions/x", ""},
		{"uses: ./", ""},
		{"uses: ../x@v1", ""},
		{"uses: .", ""},
		{"uses: docker://alpine:3.8", "oci:docker.io/library/alpine 3.8"},
		{"uses: 'docker://ghcr.io/acme/app:1.2.3@" + digest + "' # 1.2.3", "oci:ghcr.io/acme/app 1.2.3@sha2#"},
		{"uses: docker://ghcr.io/acme/app@" + digest + " # 1.2.3", "oci:ghcr.io/acme/app 1.2.3@sha2#"},
		{"uses: docker://alpine", "oci:docker.io/library/alpine  (unpinned)"},
		{"uses: docker://${{ env.X }}", "oci:${{ env.X }}  (variable)"},
		{"uses: ${{ matrix.action }}", "${{ matrix.action }}  (variable)"},
		{"uses: acme/repo@${{ env.V }}", "acme/repo@${{ env.V }}  (variable)"},
		{"uses: acme/repo", "acme/repo  (unsupported)"},
		{"uses: acme/repo@", "acme/repo@  (unsupported)"},
		{"uses: repo@v1", "repo@v1  (unsupported)"},
		{"uses: acme/../x@v1", "acme/../x@v1  (unsupported)"},
		{"uses: \"a cme/repo@v1\"", "a cme/repo@v1  (unsupported)"},
		{"uses: acme/repo@v1..2", "acme/repo@v1..2  (unsupported)"},
		{"uses: https://code.forgejo.org/actions/checkout@v4", "code.forgejo.org/actions/checkout v4"},
		{"uses: https://github.com/actions/checkout@v4", "actions/checkout v4"},
		{"uses: http://127.0.0.1:3000/acme/x@v1", "127.0.0.1:3000/acme/x v1"},
		{"uses: ftp://x/acme/x@v1", "ftp://x/acme/x@v1  (unsupported)"},
		{"uses: https://user:pass@x/acme/x@v1", "https://user:pass@x/acme/x@v1  (unsupported)"},
		{"uses: slsa-framework/slsa-github-generator/.github/workflows/generic.yml@v1.2.0", "slsa-framework/slsa-github-generator v1.2.0!"},
		{"uses: [a, b]", ""},
		{"uses:", ""},
		{"uses: ''", "  (unsupported)"},
		{"uses: 7", "7  (unsupported)"},
		{"run: echo\n      # uses: actions/checkout@v4", ""},
		{"with:\n          uses: actions/checkout@v4\n        run: x", ""},
	} {
		var got []string
		for _, d := range extract(t, ".github/workflows/x.yml", step(c.text)) {
			got = append(got, show(d))
		}
		want := strings.ReplaceAll(c.want, "actions/checkout@v4 (unsupported)", "actions/checkout@v4  (unsupported)")
		if strings.Join(got, "; ") != want {
			t.Errorf("%s:\n got %q\nwant %q", c.text, strings.Join(got, "; "), want)
		}
	}
}

// TestPlaces: where in workflows and actions something is used.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ name, file, src, want string }{
		{"a reusable workflow", ".github/workflows/x.yml", "jobs:\n  a:\n    uses: acme/repo/.github/workflows/y.yml@v1\n    secrets: inherit\n  b:\n    uses: ./.github/workflows/z.yml\n", "acme/repo v1"},
		{"containers and services", ".github/workflows/x.yml", "jobs:\n  a:\n    container: node:18.1\n    services:\n      db: {image: 'postgres:15.1'}\n      cache:\n        image: redis:${{ matrix.v }}\n      none:\n        image: ''\n" +
			"  b:\n    container:\n      image: ghcr.io/acme/x:1.0 # fine\n      env: {a: b}\n  c:\n    container: ${{ matrix.image }}\n  d: {container: }\n",
			"oci:docker.io/library/node 18.1; oci:docker.io/library/postgres 15.1; oci:redis:${{ matrix.v }}  (variable); oci:ghcr.io/acme/x 1.0; oci:${{ matrix.image }}  (variable)"},
		{"containers with the scheme of images that are actions", ".github/workflows/x.yml", "jobs:\n  a:\n    container: docker://node:18.1\n    services:\n      db: {image: 'docker://ghcr.io/acme/x:1.0'}\n",
			"oci:docker.io/library/node 18.1; oci:ghcr.io/acme/x 1.0"},
		{"a composite action", "action.yml", "name: x\nruns:\n  using: composite\n  steps:\n  - uses: acme/repo@v1\n  - run: x\n", "acme/repo v1"},
		{"an action in an image", "x/action.yaml", "runs:\n  using: docker\n  image: docker://acme/app:1.2.3\n", "oci:docker.io/acme/app 1.2.3"},
		{"an action with a Dockerfile", "action.yml", "runs:\n  using: docker\n  image: Dockerfile\n", ""},
		{"Forgejo", ".forgejo/workflows/x.yml", "jobs:\n  a:\n    steps:\n    - uses: actions/checkout@v4\n    - uses: https://github.com/actions/cache@v4\n", "data.forgejo.org/actions/checkout v4; actions/cache v4"},
		{"Gitea", ".gitea/workflows/x.yml", "jobs:\n  a:\n    steps:\n    - uses: actions/checkout@v4\n", "actions/checkout v4"},
		{"several documents, and CRLF", ".github/workflows/x.yml", "\uFEFF---\r\njobs:\r\n  a:\r\n    steps:\r\n    - uses: acme/repo@v1\r\n---\r\njobs: {a: {steps: [{uses: acme/other@v2}]}}\r\n", "acme/repo v1; acme/other v2"},
		{"two on one line", ".github/workflows/x.yml", "jobs: {a: {steps: [{uses: acme/repo@v1}, {uses: acme/other@v2}]}} # v1.2.3\n", "acme/repo v1!; acme/other v2#"},
		{"steps behind an anchor", ".github/workflows/x.yml", "jobs:\n  a:\n    steps: &s\n    - uses: acme/repo@v1\n  b:\n    steps: *s\n", "acme/repo v1"},
		{"not YAML", ".github/workflows/x.yml", "jobs: [\n", "jobs: [  (malformed)"},
		{"not text", ".github/workflows/x.yml", "\x00\x01", "x.yml  (malformed)"},
		{"a template", ".github/workflows/x.yml", "jobs:\n  a:\n    steps:\n{% if x %}\n    - uses: acme/repo@v1\n{% endif %}\n    - uses: {{ owner }}/x@v1\n", "acme/repo v1; {{ owner }}/x@v1  (variable)"},
		{"jobs that are a list", ".github/workflows/x.yml", "jobs: [{steps: [{uses: acme/repo@v1}]}]\n", ""},
		{"nothing", ".github/workflows/x.yml", "", ""},
		{"no workflow", ".github/actions/x/data.yml", "a: b\n", ""},
	} {
		var got []string
		for _, d := range extract(t, c.file, c.src) {
			got = append(got, show(d))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, strings.Join(got, "; "), c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for file, want := range map[string]bool{
		".github/workflows/ci.yml": true, ".github/workflows/ci.YAML": true, "sub/.github/workflows/ci.yml": true, ".gitea/workflows/x.yaml": true, ".forgejo/workflows/x.yml": true,
		"workflow-templates/x.yml": true, ".github/actions/x/action.yml": true, "action.yml": true, "a/b/action.yaml": true,
		".github/dependabot.yml": false, "workflows/x.yml": false, "my-action.yml": false, ".github/workflows/x.yml.bak": false, "xaction.yml": false, ".github/workflows/README.md": false,
	} {
		if got := New(nil, nil, "").Match(file); got != want {
			t.Errorf("Match(%q) = %v", file, got)
		}
	}
}

// TestEdit: what is written, and that every other byte stays.
func TestEdit(t *testing.T) {
	type to = ecosystems.Target
	at := func(tag string) to { return to{Version: gittag.Parse(tag)} }
	with := func(tag, named string) to { return to{Version: gittag.Parse(tag), Digest: newer, Named: named} }
	for _, c := range []struct {
		text string
		to   to
		want string
	}{
		{"uses: a/b@" + old + " # v4.2.1", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3"},
		{"uses: a/b@" + old + " # tag=v4.2.1", with("v4.2.3", ""), "uses: a/b@" + newer + " # tag=v4.2.3"},
		{"uses: a/b@" + old + " #v4", with("v4", ""), "uses: a/b@" + newer + " #v4"},
		{"uses: a/b@" + old + " # 4.2.1, keep", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3, keep"},
		{"uses: a/b@" + old, with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3"},
		{"uses: a/b@" + old + "   ", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3   "},
		{"uses: a/b@" + old + " # why", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3 # why"},
		{"uses: a/b@" + old + " # main", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3 # main"},
		{"uses: a/b@" + old + " # zizmor: ignore[x] # v4.2.1", with("v4.2.3", ""), "uses: a/b@" + newer + " # zizmor: ignore[x] # v4.2.3"},
		{"uses: a/b@v4", with("v4", "v4.2.3"), "uses: a/b@" + newer + " # v4.2.3"},
		{"uses: a/b@v4", with("v4", ""), "uses: a/b@" + newer + " # v4"},
		{"uses: 'a/b@v4'", with("v4", "v4.2.3"), "uses: 'a/b@" + newer + "' # v4.2.3"},
		{"uses: \"a/b@v4\" # x", with("v4", "v4.2.3"), "uses: \"a/b@" + newer + "\" # v4.2.3 # x"},
		{"{uses: a/b@v4 }", with("v4", "v4.2.3"), "{uses: a/b@" + newer + " } # v4.2.3"},
		{"uses: a/b@v4 # v4.2.1", with("v4", "v4.2.3"), "uses: a/b@" + newer + " # v4.2.3"},
		{"uses: a/b@v4 # v4.2.1", to{Version: gittag.Parse("v5"), Named: "v5.0.1"}, "uses: a/b@v5 # v5.0.1"},
		{"uses: a/b@v4.2.1", at("v4.2.3"), "uses: a/b@v4.2.3"},
		{"uses: a/b@refs/tags/v4.2.1", at("v4.2.3"), "uses: a/b@refs/tags/v4.2.3"},
		{"uses: a/b@refs/tags/v4.2.1", with("v4.2.3", ""), "uses: a/b@" + newer + " # v4.2.3"},
		{"{uses: a/b@v4, name: x}", to{Version: gittag.Parse("v5"), Digest: newer}, "{uses: a/b@v5, name: x}"},
		{"uses: >-\n          a/b@v4", at("v5"), "uses: >-\n          a/b@v5"},
		{"uses: slsa-framework/slsa-github-generator/.github/workflows/x.yml@v1.2.0", with("v1.2.1", ""), "uses: slsa-framework/slsa-github-generator/.github/workflows/x.yml@v1.2.1"},
		{"uses: a/b@main", with("main", ""), "uses: a/b@" + newer + " # main"},
	} {
		src := step(c.text)
		deps := extract(t, ".github/workflows/x.yml", src)
		if len(deps) != 1 {
			t.Errorf("%s: %d dependencies", c.text, len(deps))
			continue
		}
		edits, err := New(nil, nil, "").Edit(deps[0], c.to)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got, err := ecosystems.Apply([]byte(src), edits)
		if want := step(c.want); err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.text, err, got, want)
		}
	}
}

// TestRefused: what must not be written, whatever a server says.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		text  string
		to    ecosystems.Target
		words string
	}{
		{"uses: a/b@" + old + " # v4", ecosystems.Target{Version: gittag.Parse("v4.1")}, "no commit is known"},
		{"uses: a/b@v4", ecosystems.Target{Version: gittag.Parse("v4.1"), Digest: "sha256:0"}, "no full commit"},
		{"uses: a/b@v4", ecosystems.Target{Version: gittag.Name("v4\nrun: x"), Digest: newer}, "no tag that can be written"},
		{"uses: a/b@v4", ecosystems.Target{Version: gittag.Name("${{x}}"), Digest: newer}, "no tag that can be written"},
		{"uses: a/b@v4", ecosystems.Target{Version: gittag.Parse("v4"), Named: "v4 #", Digest: newer}, "no tag that can be written"},
		{"{uses: a/b@" + old + ", name: x}", ecosystems.Target{Version: gittag.Parse("v4.1"), Digest: newer}, "other text stands behind it"},
		{"uses: a/b@0123abc", ecosystems.Target{Version: gittag.Parse("v4.1"), Digest: newer}, "it is skipped"},
	} {
		deps := extract(t, ".github/workflows/x.yml", step(c.text))
		edits, err := New(nil, nil, "").Edit(deps[0], c.to)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s to %q: %v, %v", c.text, c.to.Version, edits, err)
		}
	}
}

// TestComments: the version in what tools and people write behind a commit.
func TestComments(t *testing.T) {
	for comment, want := range map[string]string{
		"# v4.2.1": "v4.2.1", "#v4.2.1": "v4.2.1", "#  v4": "v4", "# 4.2.1": "4.2.1", "# tag=v4": "v4", "# tag: v4.2": "v4.2",
		"# pin@v4": "v4", "# pin @v4": "v4", "# @v4": "v4", "# pinned at v4.2.1": "v4.2.1", "# version v4": "v4", "# renovate: tag=v1.2.3": "v1.2.3",
		"# ratchet:acme/repo@v4": "v4", "# ratchet:acme/repo/sub@v4.1": "v4.1", "# ratchet:exclude": "exclude", "# frozen: v1.2": "v1.2",
		"# acme/repo@v4.2.1": "v4.2.1", "# acme/repo v4.2.1": "v4.2.1", "# pin @acme/repo 2.1.0": "2.1.0", "# other/repo@v4": "",
		"# v4.2.1 (pinned)": "v4.2.1", "# v4.2.1, 2024-01-02": "v4.2.1", "# v4.2.1 # zizmor: ignore": "v4.2.1", "# zizmor: ignore[x] # v4": "v4",
		"# refs/tags/v4.2.1": "v4.2.1", "# https://github.com/acme/repo/releases/tag/v4.2.1": "v4.2.1", "# https://github.com/acme/repo/tree/v4": "v4",
		"# https://github.com/other/repo/releases/tag/v4": "", "# https://example.com/v4": "", "# (v4.2.1)": "v4.2.1", "# [v4]": "v4", "# v4.2.1.": "v4.2.1",
		"# name/v1.2.3": "name/v1.2.3", "# codeql-bundle-v2.16.0": "codeql-bundle-v2.16.0", "# v1.2.3-rc.1": "v1.2.3-rc.1",
		"# main": "main", "# master 2024-01-02": "", "# TODO: update to v5": "", "# 2 stages": "", "# needs node": "", "#": "", "# ": "", "# v4 because v5 breaks": "v4",
		"# v4\x1b[31m": "",
	} {
		deps := extract(t, ".github/workflows/x.yml", step("uses: acme/repo@"+old+" "+comment))
		got := fmt.Sprint(deps[0].Pin.Text)
		if strings.ContainsRune(comment, '\x1b') {
			if len(deps) != 1 || deps[0].Skip.Code != ecosystems.Malformed {
				t.Errorf("%q: %s", comment, show(deps[0]))
			}
			continue
		}
		if got != want {
			t.Errorf("%q: %q, want %q", comment, got, want)
		}
	}
}
