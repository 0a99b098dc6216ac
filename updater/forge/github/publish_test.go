package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

const (
	parent   = "1111111111111111111111111111111111111111"
	oldTree  = "2222222222222222222222222222222222222222"
	madeTree = "3333333333333333333333333333333333333333"
	ourHead  = "4444444444444444444444444444444444444444"
	other    = "5555555555555555555555555555555555555555"

	getRef   = "GET /repos/acme/shop/git/ref/heads/freshpin/docker"
	trees    = "POST /repos/acme/shop/git/trees"
	commits  = "POST /repos/acme/shop/git/commits"
	refs     = "POST /repos/acme/shop/git/refs"
	patchRef = "PATCH /repos/acme/shop/git/refs/heads/freshpin/docker"
	getOther = "GET /repos/acme/shop/git/commits/" + other
	getPulls = "GET /repos/acme/shop/pulls"
	pulls    = "POST /repos/acme/shop/pulls"
	patch7   = "PATCH /repos/acme/shop/pulls/7"
	labels7  = "POST /repos/acme/shop/issues/7/labels"
	review7  = "POST /repos/acme/shop/pulls/7/requested_reviewers"
)

func change() forge.Change {
	return forge.Change{
		Branch: "freshpin/docker", Base: "main", Parent: parent, Tree: oldTree,
		Files:   []ecosystems.FileChange{{Path: "Dockerfile", Data: []byte("FROM b\n")}},
		Message: "Update b\n", Title: "Update b", Body: func(head string) string { return "on " + head },
		Fingerprint: "f00", Labels: []string{"dependencies"},
	}
}

func refAt(sha string) answer {
	return answer{body: fmt.Sprintf(`{"ref":"refs/heads/freshpin/docker","object":{"sha":%q,"type":"commit"}}`, sha)}
}

func pull7(head, labels string) answer {
	return answer{status: 201, body: fmt.Sprintf(`{"number":7,"state":"open","title":"Update b","body":"on %s","node_id":"PR_7","user":{"login":"bot"},"labels":[%s],
		"head":{"ref":"freshpin/docker","sha":%q,"repo":{"full_name":"acme/shop"}},"base":{"ref":"main","repo":{"full_name":"acme/shop"}}}`, head, labels, head)}
}

func list(a ...answer) answer {
	var bodies []string
	for _, one := range a {
		bodies = append(bodies, one.body)
	}
	return answer{body: "[" + strings.Join(bodies, ",") + "]"}
}

// commitOf is a commit by bot, with its message and parent.
func commitOf(message, parent, committer string) answer {
	return answer{body: fmt.Sprintf(`{"sha":%q,"message":%q,"parents":[{"sha":%q}],"author":{"name":"bot","email":"bot@x"},"committer":{"name":%q,"email":"%[4]s@x"}}`,
		other, message, parent, committer)}
}

// normal are the answers when nothing is there and nothing goes wrong.
func normal() map[string][]answer {
	return map[string][]answer{
		trees:    {{status: 201, body: `{"sha":"` + madeTree + `"}`}},
		commits:  {{status: 201, body: `{"sha":"` + ourHead + `"}`}},
		refs:     {{status: 201, body: "{}"}},
		patchRef: {{body: "{}"}},
		pulls:    {pull7(ourHead, "")},
		patch7:   {pull7(ourHead, "")},
		labels7:  {{body: "[]"}},
		review7:  {{status: 201, body: "{}"}},
		getPulls: {list()},
	}
}

const exists = `{"message":"Reference already exists"}`

func TestPublish(t *testing.T) {
	ours := "Update b\n\nFreshpin-Fingerprint: f00"
	all := []string{trees, commits, refs, pulls, labels7}
	join := func(lists ...[]string) (out []string) {
		for _, l := range lists {
			out = append(out, l...)
		}
		return out
	}
	one := func(s ...string) []string { return s }
	taken := []answer{{status: 422, body: exists}} // the branch is there already
	for _, tt := range []struct {
		name    string
		change  func(*forge.Change)
		answers map[string][]answer
		want    []string
		err     string
	}{
		{"new: five writes and no read", nil, nil, join(all), ""},
		{"no labels", func(c *forge.Change) { c.Labels = nil }, nil, join(all[:4]), ""},
		{"the label is there", nil, map[string][]answer{pulls: {pull7(ourHead, `{"name":"Dependencies"}`)}}, join(all[:4]), ""},
		{"reviewers, but not the author", func(c *forge.Change) { c.Reviewers = []string{"ann", "acme/team", "bot"} }, nil, join(all, one(review7)), ""},
		{"reviewers that cannot be", func(c *forge.Change) { c.Reviewers = []string{"ann"} }, map[string][]answer{review7: {{status: 422}}}, join(all, one(review7)), ""},
		{"labels that may not be", nil, map[string][]answer{labels7: {{status: 403}}}, join(all), ""},
		{"labels that fail", nil, map[string][]answer{labels7: {{status: 410}}}, join(all), "label pull request 7"},
		{"an update: the branch is looked at twice, and forced", func(c *forge.Change) { c.Number, c.Was = 7, other },
			map[string][]answer{getRef: {refAt(other)}, patch7: {pull7(ourHead, `{"name":"dependencies"}`)}}, one(getRef, trees, commits, getRef, patchRef, patch7), ""},
		{"only the text", func(c *forge.Change) { c.Number, c.Was, c.Keep = 7, ourHead, true },
			map[string][]answer{patch7: {pull7(ourHead, `{"name":"dependencies"}`)}}, one(patch7), ""},
		{"crashed between branch and pull request", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, parent, "bot")}, pulls: {pull7(other, "")}}, one(trees, commits, refs, getRef, getOther, getPulls, pulls, labels7), ""},
		{"crashed between pull request and labels", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, parent, "bot")}, getPulls: {list(pull7(other, ""))}}, one(trees, commits, refs, getRef, getOther, getPulls, labels7), ""},
		{"signed by GitHub", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {{body: strings.Replace(commitOf(ours, parent, "GitHub").body, "GitHub@x", "noreply@github.com", 1)}}, pulls: {pull7(other, "")}}, one(trees, commits, refs, getRef, getOther, getPulls, pulls, labels7), ""},
		{"crashed, and then something newer came", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf("Old\n\nFreshpin-Fingerprint: 0ld", parent, "bot")}}, one(trees, commits, refs, getRef, getOther, getRef, patchRef, getPulls, pulls, labels7), ""},
		{"crashed, and then the base moved", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, oldTree, "bot")}}, one(trees, commits, refs, getRef, getOther, getRef, patchRef, getPulls, pulls, labels7), ""},
		{"a person's branch of that name", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf("mine", parent, "ann")}}, one(trees, commits, refs, getRef, getOther), "another author has committed"},
		{"a person amended our commit", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, parent, "ann")}}, one(trees, commits, refs, getRef, getOther), "another author has committed"},
		{"the bot's own person amended our commit", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {{body: strings.NewReplacer(`"author":{`, `"author":{"date":"2026-01-01T00:00:00Z",`, `"committer":{`, `"committer":{"date":"2026-01-02T00:00:00Z",`).Replace(commitOf(ours, parent, "bot").body)}}}, one(trees, commits, refs, getRef, getOther), "another author has committed"},
		{"a person speaks of the trailer", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf("See\n\nFreshpin-Fingerprint: f00\n\nfor more", parent, "bot")}}, one(trees, commits, refs, getRef, getOther), "another author has committed"},
		{"a person committed on top", func(c *forge.Change) { c.Number, c.Was = 7, ourHead },
			map[string][]answer{getRef: {refAt(other)}, getOther: {commitOf("fix", ourHead, "ann")}}, one(getRef, getOther), "another author has committed"},
		{"a person committed on top, and said recreate", func(c *forge.Change) { c.Number, c.Was, c.Force = 7, ourHead, true },
			map[string][]answer{getRef: {refAt(other)}, getOther: {commitOf("fix", ourHead, "ann")}}, one(getRef, getOther, trees, commits, getRef, patchRef, patch7, labels7), ""},
		{"a person committed while we worked", func(c *forge.Change) { c.Number, c.Was = 7, ourHead },
			map[string][]answer{getRef: {refAt(ourHead), refAt(other)}}, one(getRef, trees, commits, getRef), "another author has committed"},
		{"the branch was deleted", func(c *forge.Change) { c.Number, c.Was = 7, other },
			nil, one(getRef, trees, commits, refs, patch7, labels7), ""},
		{"lost: the answer of the ref", nil, map[string][]answer{getRef: {refAt(ourHead)}, refs: {{drop: true}}}, one(trees, commits, refs, getRef, getPulls, pulls, labels7), ""},
		{"lost: the ref itself", nil, map[string][]answer{refs: {{status: 502}, {status: 201, body: "{}"}}}, one(trees, commits, refs, getRef, refs, pulls, labels7), ""},
		{"another run made the same ref", nil,
			map[string][]answer{getRef: {refAt(other)}, refs: {{status: 422, body: exists}}, getOther: {commitOf(ours, parent, "bot")}, pulls: {pull7(other, "")}}, one(trees, commits, refs, getRef, getOther, getPulls, pulls, labels7), ""},
		{"a person made the ref meanwhile", nil,
			map[string][]answer{getRef: {refAt(other)}, refs: {{status: 422, body: exists}}, getOther: {commitOf("x", parent, "ann")}}, one(trees, commits, refs, getRef, getOther), "another author has committed"},
		{"lost: the answer of the tree, and of the commit", nil,
			map[string][]answer{trees: {{drop: true}, {status: 201, body: `{"sha":"` + madeTree + `"}`}}, commits: {{status: 500}, {status: 201, body: `{"sha":"` + ourHead + `"}`}}},
			one(trees, trees, commits, commits, refs, pulls, labels7), ""},
		{"lost: the answer of the pull request", nil, map[string][]answer{pulls: {{cut: true, body: "{"}}, getPulls: {list(pull7(ourHead, ""))}}, one(trees, commits, refs, pulls, getPulls, labels7), ""},
		{"lost: the pull request itself", nil, map[string][]answer{pulls: {{status: 502}, pull7(ourHead, "")}}, one(trees, commits, refs, pulls, getPulls, pulls, labels7), ""},
		{"a pull request already exists", nil,
			map[string][]answer{pulls: {{status: 422, body: `{"message":"Validation Failed","errors":[{"message":"A pull request already exists for acme:freshpin/docker."}]}`}}, getPulls: {list(pull7(ourHead, ""))}},
			one(trees, commits, refs, pulls, getPulls, labels7), ""},
		{"502 for ever", nil, map[string][]answer{pulls: {{status: 502}}}, one(trees, commits, refs, pulls, getPulls, pulls, getPulls, pulls, getPulls, pulls, getPulls), "502"},
		{"429 on the ref: nothing was done, nothing is looked for", nil, map[string][]answer{refs: {{status: 429}, {status: 201, body: "{}"}}}, one(trees, commits, refs, refs, pulls, labels7), ""},
		{"no drafts here", func(c *forge.Change) { c.Draft = true },
			map[string][]answer{pulls: {{status: 422, body: `{"message":"Draft pull requests are not supported in this repository."}`}, pull7(ourHead, "")}}, one(trees, commits, refs, pulls, pulls, labels7), ""},
		{"another text stands in the pull request that was found", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, parent, "bot")}, getPulls: {list(pull7(ourHead, ""))}}, one(trees, commits, refs, getRef, getOther, getPulls, patch7, labels7), ""},
		{"a fork has a pull request from a branch of that name", nil,
			map[string][]answer{refs: taken, getRef: {refAt(other)}, getOther: {commitOf(ours, parent, "bot")}, pulls: {pull7(other, "")},
				getPulls: {{body: strings.Replace(list(pull7(other, "")).body, "acme/shop", "eve/shop", 1)}}}, one(trees, commits, refs, getRef, getOther, getPulls, pulls, labels7), ""},
		{"nothing changes", nil, map[string][]answer{trees: {{status: 201, body: `{"sha":"` + oldTree + `"}`}}}, one(trees), "changes nothing"},
		{"protected", nil, map[string][]answer{refs: {{status: 422, body: `{"message":"Repository rule violations found\n\nCannot create ref due to creations being restricted.\n"}`}}}, one(trees, commits, refs), "a rule of acme/shop"},
		{"may only read", nil, map[string][]answer{trees: {{status: 404}}}, one(trees), "Contents: write"},
		{"Actions may not", nil, map[string][]answer{pulls: {{status: 403, body: `{"message":"GitHub Actions is not permitted to create or approve pull requests."}`}}}, one(trees, commits, refs, pulls), "tick"},
		{"not our prefix", func(c *forge.Change) { c.Branch = "main" }, nil, nil, "is no branch of ours"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := normal()
			for k, v := range tt.answers {
				answers[k] = v
			}
			server := newFake(t, answers)
			f, _, log := testForge(t, server.URL, nil)
			c := change()
			if tt.change != nil {
				tt.change(&c)
			}
			got, err := f.Publish(t.Context(), "acme/shop", c)
			if diff := cmp.Diff(tt.want, server.requests()); diff != "" && len(tt.want)+len(server.requests()) > 0 {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("Publish: %v, want %q", err, tt.err)
			}
			if strings.HasPrefix(tt.err, "somebody") && !errors.Is(err, forge.ErrTouched) {
				t.Errorf("Publish: %v is not ErrTouched", err)
			}
			if tt.err == "" && (got.Number != 7 || !gittree.IsHash(got.Head) || len(got.Labels) > 1) {
				t.Errorf("Publish = %+v", got)
			}
			if strings.Contains(log.String(), "ghp_") {
				t.Error("the token is logged")
			}
		})
	}
}

func TestWhatIsWritten(t *testing.T) {
	answers := normal()
	binary := []byte{0xff, 0xfe, 0}
	answers["POST /repos/acme/shop/git/blobs"] = []answer{{status: 201, body: `{"sha":"` + gittree.BlobHash(binary) + `"}`}}
	server := newFake(t, answers)
	f, _, _ := testForge(t, server.URL, nil)
	c := change()
	c.Entries = map[string]forge.Entry{"run.sh": {Mode: gittree.Executable}, "link": {Mode: gittree.Link}, "Dockerfile": {Mode: gittree.File}}
	c.Files = []ecosystems.FileChange{
		{Path: "Dockerfile", Data: []byte("FROM <b> & \u2028ü\r\n")}, {Path: "run.sh", Data: []byte("#!")}, {Path: "link", Data: []byte("to")},
		{Path: "new", Data: nil}, {Path: "binary", Data: binary}, {Path: "gone", Delete: true},
	}
	c.Reviewers, c.Draft = []string{"ann", "acme/team"}, true
	if _, err := f.Publish(t.Context(), "acme/shop", c); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		trees: `{"base_tree":"` + oldTree + `","tree":[` +
			`{"sha":null,"path":"gone","mode":"100644","type":"blob"},` +
			`{"path":"Dockerfile","mode":"100644","type":"blob","content":"FROM <b> & \u2028ü\r\n"},` +
			`{"path":"run.sh","mode":"100755","type":"blob","content":"#!"},` +
			`{"path":"link","mode":"120000","type":"blob","content":"to"},` +
			`{"path":"new","mode":"100644","type":"blob","content":""},` +
			`{"sha":"` + gittree.BlobHash(binary) + `","path":"binary","mode":"100644","type":"blob"}]}`,
		commits: `{"message":"Update b\n\nFreshpin-Fingerprint: f00","parents":["` + parent + `"],"tree":"` + madeTree + `"}`,
		refs:    `{"ref":"refs/heads/freshpin/docker","sha":"` + ourHead + `"}`,
		pulls:   `{"title":"Update b","head":"freshpin/docker","base":"main","body":"on ` + ourHead + `","draft":true}`,
		labels7: `{"labels":["dependencies"]}`,
		review7: `{"reviewers":["ann"],"team_reviewers":["team"]}`,
	}
	for n, r := range server.requests() {
		if body, ok := want[r]; ok {
			if diff := cmp.Diff(parsed(t, body), parsed(t, server.bodies[n])); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r, diff)
			}
		}
	}
}

// A change of many or large files is sent in parts, what goes first.
func TestLargeTree(t *testing.T) {
	server := newFake(t, normal())
	f, _, _ := testForge(t, server.URL, nil)
	c := change()
	c.Files = []ecosystems.FileChange{{Path: "big1", Data: make([]byte, 0)}, {Path: "a/b"}, {Path: "a", Delete: true}}
	for n := range 2 * partFiles {
		c.Files = append(c.Files, ecosystems.FileChange{Path: fmt.Sprint("vendor/", n)})
	}
	for n := range 3 {
		c.Files = append(c.Files, ecosystems.FileChange{Path: fmt.Sprint("large", n), Data: []byte(strings.Repeat("x", partBytes/2+1))})
	}
	if _, err := f.Publish(t.Context(), "acme/shop", c); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	var first map[string]any
	for n, r := range server.requests() {
		if r == trees {
			body := parsed(t, server.bodies[n]).(map[string]any)
			entries := body["tree"].([]any)
			if first == nil {
				first = entries[0].(map[string]any)
			}
			sizes = append(sizes, len(entries))
		}
	}
	if diff := cmp.Diff([]int{500, 500, 4, 1, 1}, sizes); diff != "" || first["path"] != "a" {
		t.Errorf("first %v (-want +got):\n%s", first, diff)
	}
	c.Files = nil
	if _, err := f.Publish(t.Context(), "acme/shop", c); err == nil {
		t.Error("a change of no file is published")
	}
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBranchName(t *testing.T) {
	for name, want := range map[string]bool{
		"freshpin/": false, "freshpin": false, "freshpin//x": false, "freshpin/x/": false, "freshpin/../x": false, "freshpin/a..b": false,
		"freshpin/.x": false, "freshpin/x.": false, "freshpin/x.lock": false, "freshpin/x.lock/y": false, "freshpin/a b": false, "freshpin/a\tb": false,
		"freshpin/a~1": false, "freshpin/a^": false, "freshpin/a:b": false, "freshpin/a?": false, "freshpin/a*": false, "freshpin/a[b": false,
		`freshpin/a\b`: false, "freshpin/a@{1}": false, "freshpin/\xff": false, "freshpin/\x7f": false, "refs/heads/freshpin/x": false,
		"freshpin/x": true, "freshpin/in/services/äpi/gomod": true, "freshpin/a@b": true, "freshpin/first-digests": true, "freshpin/a.b": true,
	} {
		if got := branchName(name); got != want {
			t.Errorf("branchName(%q) = %v, want %v", name, got, want)
		}
	}
}
