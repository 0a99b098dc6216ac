package github

import (
	"maps"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// TestPullStatuses follows one pull request through what may happen to it, one request each time.
func TestPullStatuses(t *testing.T) {
	s, address := hub(t)
	f, _, _ := testForge(t, address, nil)
	set := func(change func(*forgetest.Options)) {
		if err := s.Set("acme/shop", change); err != nil {
			t.Fatal(err)
		}
	}
	set(func(o *forgetest.Options) { o.Checks = []string{"build", "test"} })
	c := proposal(t, f)
	pr, err := f.Publish(t.Context(), "acme/shop", c)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(name, end string) func() {
		return func() { must(s.Check("acme/shop", c.Branch, name, end)) }
	}
	review := func(who, what string) func() {
		return func() { must(s.Review("acme/shop", pr.Number, who, what)) }
	}
	rules := func(change func(*forgetest.Options)) func() { return func() { set(change) } }
	for _, step := range []struct {
		name string
		do   func()
		want forge.PullRequestStatus
	}{
		{"just opened", func() {}, forge.PullRequestStatus{Checks: "running", Mergeable: "yes"}},
		{"one passed", check("build", "success"), forge.PullRequestStatus{Checks: "running", Mergeable: "yes"}},
		{"one failed", check("test", "failure"), forge.PullRequestStatus{Checks: "failed", Mergeable: "yes"}},
		{"run again", check("test", "success"), forge.PullRequestStatus{Checks: "passed", Mergeable: "yes"}},
		{"a review is needed", rules(func(o *forgetest.Options) { o.Reviews = true }), forge.PullRequestStatus{Checks: "passed", Mergeable: "blocked", Review: "required"}},
		{"changes are asked for", review("ada", "CHANGES_REQUESTED"), forge.PullRequestStatus{Checks: "passed", Mergeable: "blocked", Review: "changes"}},
		{"approved", review("ada", "APPROVED"), forge.PullRequestStatus{Checks: "passed", Mergeable: "yes", Review: "approved"}},
		{"checks may not be seen", rules(func(o *forgetest.Options) { o.Unseen = true }), forge.PullRequestStatus{Mergeable: "yes", Review: "approved"}},
		{"and may again", rules(func(o *forgetest.Options) { o.Unseen = false }), forge.PullRequestStatus{Checks: "passed", Mergeable: "yes", Review: "approved"}},
		{"a conflict", func() {
			_, err := s.Commit("acme/shop", "main", map[string]forgetest.File{"Dockerfile": {Data: []byte("FROM python:3.7\n")}}, "ada")
			must(err)
		}, forge.PullRequestStatus{Checks: "passed", Mergeable: "conflict", Review: "approved"}},
	} {
		step.do()
		s.Reset()
		got, err := f.PullStatuses(t.Context(), "acme/shop", []int{pr.Number, 99, pr.Number})
		if got[pr.Number].Opened.IsZero() {
			t.Errorf("%s: nothing tells when it was opened", step.name)
		}
		step.want.Head, step.want.Opened = pr.Head, got[pr.Number].Opened
		if want := map[int]forge.PullRequestStatus{pr.Number: step.want}; err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %+v %v, want %+v", step.name, got, err, want)
		}
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%s: %d requests", step.name, n)
		}
	}
	_, writes := f.Requests("acme/shop")
	must(s.ClosePull("acme/shop", pr.Number))
	if got, err := f.PullStatuses(t.Context(), "acme/shop", []int{pr.Number}); err != nil || len(got) != 0 {
		t.Errorf("closed: %v %v", got, err)
	}
	s.Reset()
	if got, err := f.PullStatuses(t.Context(), "acme/shop", nil); err != nil || len(got) != 0 || len(s.Requests()) != 0 {
		t.Errorf("none: %v %v, %d requests", got, err, len(s.Requests()))
	}
	if _, again := f.Requests("acme/shop"); again != writes {
		t.Errorf("a question counts as a write: %d, then %d", writes, again)
	}
	if _, err := f.PullStatuses(t.Context(), "acme/nothing", []int{1}); err == nil || !strings.Contains(err.Error(), "acme/nothing") {
		t.Errorf("another repository: %v", err)
	}
	many := make([]int, 2*pageSize+1)
	for n := range many {
		many[n] = n + 1
	}
	s.Reset()
	if _, err := f.PullStatuses(t.Context(), "acme/shop", many); err != nil || len(s.Requests()) != 3 {
		t.Errorf("%d pull requests: %d requests, %v", len(many), len(s.Requests()), err)
	}
}

// TestHostileStatuses takes answers that are not what was asked for.
func TestHostileStatuses(t *testing.T) {
	const open = `"number":7,"state":"OPEN","headRefOid":"a"`
	for _, test := range []struct {
		name, answer string
		want         forge.PullRequestStatus
		none, wrong  bool
	}{
		{"words that are not known", `{"data":{"repository":{"p7":{` + open + `,"mergeable":"X","mergeStateStatus":"CLEAN","reviewDecision":"X","statusCheckRollup":{"state":"X"}}}}}`, forge.PullRequestStatus{Head: "a"}, false, false},
		{"not worked out yet", `{"data":{"repository":{"p7":{` + open + `,"mergeable":"UNKNOWN","mergeStateStatus":"UNKNOWN"}}}}`, forge.PullRequestStatus{Head: "a", Checks: "none"}, false, false},
		{"behind its base", `{"data":{"repository":{"p7":{` + open + `,"mergeable":"MERGEABLE","mergeStateStatus":"BEHIND"}}}}`, forge.PullRequestStatus{Head: "a", Checks: "none", Mergeable: "blocked"}, false, false},
		{"an error about the checks of another", `{"data":{"repository":{"p7":{` + open + `,"mergeable":"UNKNOWN"}}},"errors":[{"message":"x","path":["repository","p8",{"statusCheckRollup":1},3]}]}`, forge.PullRequestStatus{Head: "a", Checks: "none"}, false, false},
		{"another pull request under its name", `{"data":{"repository":{"p7":{"number":8,"state":"OPEN"}}}}`, forge.PullRequestStatus{}, true, false},
		{"no repository", `{"data":{"repository":null}}`, forge.PullRequestStatus{}, true, false},
		{"an error alone", `{"data":{"repository":null},"errors":[{"message":"no"}]}`, forge.PullRequestStatus{}, true, true},
		{"a list", `{"data":[]}`, forge.PullRequestStatus{}, true, true},
		{"no JSON", `<html>`, forge.PullRequestStatus{}, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, _, _ := testForge(t, newFake(t, map[string][]answer{"POST /graphql": {{body: test.answer}}}).URL, nil)
			got, err := f.PullStatuses(t.Context(), "acme/shop", []int{7})
			if (err != nil) != test.wrong || (len(got) == 0) != test.none || !test.none && got[7] != test.want {
				t.Errorf("%+v %v, want %+v", got, err, test.want)
			}
		})
	}
}
