package github

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge"
)

func TestComments(t *testing.T) {
	body := `[{"id":2,"issue_url":"https://api.github.com/repos/acme/shop/issues/8","user":{"login":"ann"},"body":"/freshpin rebase","updated_at":"2026-11-02T00:00:00Z"},
		{"id":1,"issue_url":"https://api.github.com/repos/acme/shop/issues/7","user":null,"body":"by a ghost","updated_at":"2026-11-01T00:00:00Z"},
		{"id":3,"issue_url":"","updated_at":"2026-10-01T00:00:00Z"}]`
	server := newFake(t, map[string][]answer{"GET /repos/acme/shop/issues/comments": {{body: body}}})
	f, _, _ := testForge(t, server.URL, nil)
	got, err := f.Comments(t.Context(), "acme/shop", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	want := []forge.Comment{
		{ID: 1, Number: 7, Body: "by a ghost", At: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
		{ID: 2, Number: 8, Author: "ann", Body: "/freshpin rebase", At: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestMayWrite(t *testing.T) {
	const path = "GET /repos/acme/shop/collaborators/ann/permission"
	for _, tt := range []struct {
		user string
		a    answer
		want bool
		err  bool
	}{
		{"ann", answer{body: `{"permission":"admin"}`}, true, false},
		{"ann", answer{body: `{"permission":"write","role_name":"maintain"}`}, true, false},
		{"ann", answer{body: `{"permission":"read","role_name":"triage"}`}, false, false},
		{"ann", answer{body: `{"permission":"none"}`}, false, false},
		{"ann", answer{body: `{}`}, false, false},
		{"ann", answer{status: 404}, false, false},
		{"ann", answer{status: 403}, false, true},
		{"ann", answer{status: 500}, false, true},
		{"", answer{}, false, false},
		{"../../x", answer{}, false, false},
	} {
		f, _, _ := testForge(t, newFake(t, map[string][]answer{path: {tt.a}}).URL, nil)
		if got, err := f.MayWrite(t.Context(), "acme/shop", tt.user); got != tt.want || err != nil != tt.err {
			t.Errorf("MayWrite(%q) with %v = %v, %v, want %v", tt.user, tt.a, got, err, tt.want)
		}
	}
}

func TestSay(t *testing.T) {
	const read, write = "GET /repos/acme/shop/issues/7/comments", "POST /repos/acme/shop/issues/7/comments"
	for _, tt := range []struct {
		name, there, mark string
		want              []string
	}{
		{"new", "something", "touched", []string{read, write}},
		{"the word alone is no mark", "touched by a person", "touched", []string{read, write}},
		{"said before", "Hands off.\n\n<!-- freshpin:said touched -->", "touched", []string{read}},
		{"a mark of its own", "Hi <!-- x:y --> there", "<!-- x:y -->", []string{read}},
		{"a mark that would end the comment", "something", "ignored --> <img src=x>", []string{read, write}},
	} {
		server := newFake(t, map[string][]answer{read: {{body: string(mustJSON(t, []map[string]string{{"body": tt.there}}))}}, write: {{status: 201, body: "{}"}}})
		f, _, _ := testForge(t, server.URL, nil)
		if err := f.Say(t.Context(), "acme/shop", 7, tt.mark, "Hands off."); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, server.requests()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		sent := server.bodies[len(server.bodies)-1]
		if strings.Count(sent, "-->") > 1 || strings.Contains(sent, "img") {
			t.Errorf("%s: the mark shows: %s", tt.name, sent)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, mark := range []string{"touched", "touched <nil>", "a--b", "-", "x-", "-->", "<!-- a --> b -->", "<!-- a", "üñ", strings.Repeat("x", 500), "a\nb", "<!-- own -->"} {
		text := withMark("Text.\n", mark)
		if !hasMark(text, mark) || withMark(text, mark) != text || !strings.HasPrefix(text, "Text.\n\n<!--") || strings.Index(text, "-->") != len(text)-3 || strings.Contains(text[11:], "\n") {
			t.Errorf("withMark(%q) = %q", mark, text)
		}
		if hasMark(withMark("", "other"), mark) {
			t.Errorf("%q is taken for another", mark)
		}
	}
}

func TestIssues(t *testing.T) {
	const (
		mark    = "<!-- freshpin:dashboard -->"
		user    = "GET /user"
		graphql = "POST /graphql"
		lists   = "GET /repos/acme/shop/issues"
		create  = "POST /repos/acme/shop/issues"
		read5   = "GET /repos/acme/shop/issues/5"
		change5 = "PATCH /repos/acme/shop/issues/5"
	)
	text := func(number, login, state, more string) answer {
		return answer{body: `{"number":` + number + `,"state":"` + state + `","title":"Dashboard","body":"List ` + mark + `","user":{"login":"` + login + `"}` + more + `}`}
	}
	mine := text("5", "bot", "open", "")
	bot := map[string][]answer{user: {{body: `{"login":"bot"}`}}}
	for _, tt := range []struct {
		name    string
		token   string
		number  int
		put     bool
		answers map[string][]answer
		want    []string
		found   int // 0: not found
		err     string
	}{
		{"by number", "", 5, false, map[string][]answer{read5: {mine}}, []string{read5}, 5, ""},
		{"by number, deleted", "", 5, false, map[string][]answer{read5: {{status: 410}}}, []string{read5}, 0, ""},
		{"by number, a pull request", "", 5, false, map[string][]answer{read5: {text("5", "bot", "open", `,"pull_request":{}`)}}, []string{read5}, 0, ""},
		{"by mark", "", 0, false, map[string][]answer{lists: {list(text("9", "bot", "closed", ""), mine)}}, []string{user, lists}, 5, ""},
		{"a stranger writes our mark", "", 0, false, map[string][]answer{lists: {list(text("9", "eve", "open", ""))}}, []string{user, lists}, 0, ""},
		{"issues are off", "", 0, false, map[string][]answer{lists: {{status: 410}}}, []string{user, lists}, 0, ""},
		{"a workflow's token has no user", "ghs_x", 0, false, map[string][]answer{graphql: {{body: `{"data":{"viewer":{"login":"bot"}}}`}}, lists: {list(mine)}}, []string{graphql, lists}, 5, ""},
		{"a token that may not ask for its user", "", 0, false, map[string][]answer{user: {{status: 403}}, graphql: {{body: `{"data":{"viewer":{"login":"bot"}}}`}}, lists: {list(mine)}}, []string{user, graphql, lists}, 5, ""},
		{"GraphQL fails with 200", "ghs_x", 0, false, map[string][]answer{graphql: {{body: `{"data":null,"errors":[{"message":"no\nway"}]}`}}}, []string{graphql}, 0, "GitHub: no way"},
		{"opened", "", 0, true, map[string][]answer{lists: {list()}, create: {mine}}, []string{user, lists, create}, 5, ""},
		{"changed", "", 5, true, map[string][]answer{change5: {mine}}, []string{change5}, 5, ""},
		{"gone when it is changed", "", 5, true, map[string][]answer{change5: {{status: 410}}}, []string{change5}, 0, ""},
		{"forgotten, and there", "", 0, true, map[string][]answer{lists: {list(mine)}, change5: {mine}}, []string{user, lists, change5}, 5, ""},
		{"lost: the answer", "", 0, true, map[string][]answer{lists: {list(), list(mine)}, create: {{drop: true}}}, []string{user, lists, create, lists}, 5, ""},
		{"lost: the issue itself", "", 0, true, map[string][]answer{lists: {list()}, create: {{status: 502}, mine}}, []string{user, lists, create, lists, create}, 5, ""},
	} {
		for k, v := range bot {
			if tt.answers[k] == nil {
				tt.answers[k] = v
			}
		}
		server := newFake(t, tt.answers)
		f, _, _ := testForge(t, server.URL, func(o *Options) {
			if tt.token != "" {
				o.Token = tt.token
			}
		})
		var got forge.Issue
		var err error
		if tt.put {
			got, err = f.Put(t.Context(), "acme/shop", forge.Issue{Number: tt.number, Open: true, Title: "Dashboard", Body: "New list"}, mark)
		} else {
			got, err = f.Issue(t.Context(), "acme/shop", tt.number, mark)
		}
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
			}
		case tt.found == 0 && !errors.Is(err, forge.ErrNotFound), tt.found != 0 && (err != nil || got.Number != tt.found || !got.Open):
			t.Errorf("%s: %+v, %v, want %d", tt.name, got, err, tt.found)
		}
		if diff := cmp.Diff(tt.want, server.requests()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestRepositories(t *testing.T) {
	repos := answer{body: `[{"full_name":"acme/shop"},{"full_name":"acme/app"},{"full_name":"acme/old","archived":true},{"full_name":"acme/off","disabled":true},{"full_name":"eve/shop"},{"full_name":"acme/../x"}]`}
	wrapped := answer{body: `{"total_count":6,"repositories":` + repos.body + `}`}
	const orgs, users, self = "GET /orgs/acme/repos", "GET /users/acme/repos", "GET /user/repos"
	me := func(login string) []answer { return []answer{{body: `{"login":"` + login + `"}`}} }
	for name, answers := range map[string]map[string][]answer{
		"an organization": {orgs: {repos}},
		"a person":        {users: {repos}, "GET /user": me("bot")},
		"ourselves":       {self: {repos}, "GET /user": me("Acme")},
		"an App": {"GET /orgs/acme/installation": {{body: `{"id":99}`}}, token: {tokenAnswer("ghs_x", newClock().at.Add(time.Hour))},
			"GET /installation/repositories": {wrapped}},
		"an App of a person": {"GET /users/acme/installation": {{body: `{"id":99}`}}, token: {tokenAnswer("ghs_x", newClock().at.Add(time.Hour))},
			"GET /installation/repositories": {wrapped}},
	} {
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, nil)
		if strings.HasPrefix(name, "an App") {
			f, _, _, _ = appForge(t, server)
		}
		got, err := f.Repositories(t.Context(), "acme")
		if diff := cmp.Diff([]string{"acme/app", "acme/shop"}, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	f, _, _ := testForge(t, newFake(t, nil).URL, nil)
	for _, owner := range []string{"", "..", "a/b", "a b"} {
		if _, err := f.Repositories(t.Context(), owner); err == nil {
			t.Errorf("Repositories(%q) is asked", owner)
		}
	}
}

func TestSubjects(t *testing.T) {
	server := newFake(t, map[string][]answer{get: {{body: `[{"commit":{"message":"fix: a\r\n\r\nlong"}},{"commit":null},{"commit":{"message":""}},{"commit":{"message":"feat: b"}}]`}}})
	f, _, _ := testForge(t, server.URL, nil)
	got, err := f.Subjects(t.Context(), "acme/shop")
	if diff := cmp.Diff([]string{"fix: a", "", "", "feat: b"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
