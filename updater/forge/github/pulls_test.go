package github

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge"
)

// pullOf is a pull request from a branch of a repository.
func pullOf(number int, branch, repo, state, more string) answer {
	head := fmt.Sprintf(`{"full_name":%q}`, repo)
	if repo == "" {
		head = "null" // the fork is gone
	}
	return answer{body: fmt.Sprintf(`{"number":%d,"state":%q,"user":{"login":"bot"},"head":{"ref":%q,"sha":%q,"repo":%s},"base":{"ref":"main","repo":{"full_name":"acme/shop"}}%s}`,
		number, state, branch, other, head, more)}
}

func TestPullRequests(t *testing.T) {
	page := func(first int) answer { // a hundred of other people
		var all []answer
		for n := range pageSize {
			all = append(all, pullOf(first-n, "feature", "acme/shop", "open", ""))
		}
		return list(all...)
	}
	open7 := pullOf(7, "freshpin/docker", "acme/shop", "open", "")
	for _, tt := range []struct {
		name    string
		known   []int
		answers map[string][]answer
		want    []string // number state
		reads   int
	}{
		{"nothing there", []int{}, map[string][]answer{getPulls: {list()}}, nil, 1},
		{"strangers", []int{}, map[string][]answer{getPulls: {list(
			pullOf(1, "freshpin/docker", "eve/shop", "open", ""), pullOf(2, "freshpin/docker", "", "open", ""), pullOf(3, "feature", "acme/shop", "open", ""),
			pullOf(4, "freshpinx", "acme/shop", "open", ""), pullOf(5, "freshpin/x", "ACME/shop", "open", ""), open7)}}, []string{"5 open", "7 open"}, 1},
		{"known and open", []int{7}, map[string][]answer{getPulls: {list(open7)}}, []string{"7 open"}, 1},
		{"known, and not open any more", []int{4, 5, 6, 7}, map[string][]answer{getPulls: {list(open7)},
			"GET /repos/acme/shop/pulls/4": {pullOf(4, "freshpin/a", "acme/shop", "closed", `,"merged_at":"2026-01-02T03:04:05Z","closed_at":"2026-01-02T03:04:05Z"`)},
			"GET /repos/acme/shop/pulls/5": {pullOf(5, "freshpin/b", "acme/shop", "closed", "")},
			"GET /repos/acme/shop/pulls/6": {pullOf(6, "freshpin/c", "eve/shop", "closed", "")}},
			[]string{"4 merged", "5 closed", "7 open"}, 4},
		{"known, and deleted", []int{9}, map[string][]answer{getPulls: {list()}}, nil, 2},
		{"behind a full page", []int{}, map[string][]answer{getPulls: {page(300), list(open7)}}, []string{"7 open"}, 2},
		{"nothing remembered", nil, map[string][]answer{getPulls: {list(open7, pullOf(6, "freshpin/docker", "acme/shop", "closed", ""))}}, []string{"6 closed", "7 open"}, 1},
		{"nothing remembered, and very many", nil, map[string][]answer{getPulls: append(slices.Repeat([]answer{page(9000)}, oldPulls), list(open7))}, []string{"7 open"}, oldPulls + 1},
		{"the same on two pages", nil, map[string][]answer{getPulls: {{body: strings.TrimSuffix(page(300).body, "]") + "," + open7.body + "]"}, list(open7)}}, []string{"7 open"}, 2},
	} {
		server := newFake(t, tt.answers)
		f, _, _ := testForge(t, server.URL, nil)
		got, err := f.PullRequests(t.Context(), "acme/shop", tt.known)
		var short []string
		for _, p := range got {
			short = append(short, fmt.Sprint(p.Number, " ", p.State))
		}
		if diff := cmp.Diff(tt.want, short); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
		if reads, _ := f.Requests("acme/shop"); reads != tt.reads {
			t.Errorf("%s: %d reads, want %d", tt.name, reads, tt.reads)
		}
	}
}

func TestClose(t *testing.T) {
	const (
		comments = "GET /repos/acme/shop/issues/7/comments"
		comment  = "POST /repos/acme/shop/issues/7/comments"
		drop     = "DELETE /repos/acme/shop/git/refs/heads/freshpin/docker"
	)
	said := answer{body: `[{"body":"Nothing left.\n\n<!-- freshpin:closed -->"}]`}
	pr := forge.PullRequest{Number: 7, Branch: "freshpin/docker", Head: other, State: forge.Open, Body: "text"}
	for _, tt := range []struct {
		name    string
		change  func(*forge.PullRequest)
		answers map[string][]answer
		want    []string
		err     string
	}{
		{"open", nil, nil, []string{patch7, comment, getRef, drop}, ""},
		{"the branch was moved", nil, map[string][]answer{getRef: {refAt(ourHead)}}, []string{patch7, comment, getRef}, ""},
		{"the branch is gone", nil, map[string][]answer{getRef: {{status: 404}}}, []string{patch7, comment, getRef}, ""},
		{"the branch goes meanwhile", nil, map[string][]answer{drop: {{status: 422, body: `{"message":"Reference does not exist"}`}}}, []string{patch7, comment, getRef, drop}, ""},
		{"a branch that is not ours", func(p *forge.PullRequest) { p.Branch = "main" }, nil, []string{patch7, comment}, ""},
		{"crashed after closing", func(p *forge.PullRequest) { p.State, p.Body = forge.Closed, "text\n\n<!-- freshpin:closed -->" }, nil, []string{comments, comment, getRef, drop}, ""},
		{"crashed after the comment", func(p *forge.PullRequest) { p.State, p.Body = forge.Closed, "text\n\n<!-- freshpin:closed -->" }, map[string][]answer{comments: {said}}, []string{comments, getRef, drop}, ""},
		{"people have commented", nil, map[string][]answer{patch7: {{body: `{"comments":2}`}}}, []string{patch7, comments, comment, getRef, drop}, ""},
		{"closed already, by a run that knew the same", nil, map[string][]answer{patch7: {{body: `{"comments":1}`}}, comments: {said}}, []string{patch7, comments, getRef, drop}, ""},
		{"opened again by a person", func(p *forge.PullRequest) { p.Body = "text\n\n<!-- freshpin:closed -->" }, map[string][]answer{patch7: {{body: `{"comments":1}`}}, comments: {said}}, []string{patch7, comments, getRef, drop}, ""},
		{"lost: the answer of the comment", nil, map[string][]answer{comment: {{drop: true}}, comments: {said}}, []string{patch7, comment, comments, getRef, drop}, ""},
		{"lost: the comment itself", nil, map[string][]answer{comment: {{status: 500}, {status: 201, body: "{}"}}}, []string{patch7, comment, comments, comment, getRef, drop}, ""},
		{"may not", nil, map[string][]answer{patch7: {{status: 403}}}, []string{patch7}, "Pull requests: write"},
		{"the branch is protected", nil, map[string][]answer{drop: {{status: 422, body: `{"message":"Repository rule violations found"}`}}}, []string{patch7, comment, getRef, drop}, "a rule of acme/shop"},
	} {
		answers := map[string][]answer{patch7: {{body: `{"comments":0}`}}, comment: {{status: 201, body: "{}"}}, comments: {list()}, getRef: {refAt(other)}, drop: {{status: 204}}}
		for k, v := range tt.answers {
			answers[k] = v
		}
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, nil)
		p := pr
		if tt.change != nil {
			tt.change(&p)
		}
		err := f.Close(t.Context(), "acme/shop", p, "Nothing left.")
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
		if diff := cmp.Diff(tt.want, server.requests()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if body := server.bodies[0]; server.requests()[0] == patch7 {
			want := map[string]any{"state": "closed", "body": "text\n\n<!-- freshpin:closed -->"}
			if diff := cmp.Diff(any(want), parsed(t, body)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}
