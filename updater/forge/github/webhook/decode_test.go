package webhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
)

const (
	sha    = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
	zero   = "0000000000000000000000000000000000000000"
	app    = `"repository":{"id":7,"full_name":"acme/app","private":true,"default_branch":"main"}`
	ann    = `"sender":{"login":"ann","type":"User"}`
	robot  = `"sender":{"login":"freshpin[bot]","type":"Bot"}`
	inst   = `"installation":{"id":3}`
	common = app + "," + ann + "," + inst
)

const pushed = `{"ref":"refs/heads/main","after":"6113728f27ae82c7b1a177c8d03f9e96e0adf246",` +
	`"commits":[{"id":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","added":["Dockerfile"],"removed":[],"modified":[]}],` +
	`"repository":{"id":7,"full_name":"acme/app","default_branch":"main"},"sender":{"login":"ann","type":"User"}}`

var appRepo = event.Repository{Name: "acme/app", ID: 7, Branch: "main", Private: true}

// base is what every payload with common has in it.
func base(kind event.Kind, action string, change func(*event.Event)) event.Event {
	e := event.Event{Kind: kind, Action: action, Installation: 3, Actor: "ann", Repository: appRepo}
	if change != nil {
		change(&e)
	}
	return e
}

// A payload is one of ours, written by hand.
type payload struct {
	name  string
	event string
	body  string
	want  event.Event // Kind is "" where it is to be ignored
}

// payloads are held to GitHub's schemas by TestSchemas.
func payloads() []payload {
	return slices.Concat(installations(), repositories(), conversations(), checks(), pushes(), packages())
}

func installations() []payload {
	account := `"installation":{"id":3,"account":{"login":"acme","type":"Organization"}}`
	ofAccount := event.Event{Kind: event.Installed, Installation: 3, Account: "acme", Actor: "ann"}
	with := func(action string, repos ...event.Repository) event.Event {
		e := ofAccount
		e.Action, e.Added = action, repos
		return e
	}
	return []payload{
		{
			"created with repositories", "installation",
			`{"action":"created",` + account + `,"repositories":[{"id":8,"full_name":"acme/a.b_c-d","private":true},{"id":9,"full_name":"acme/.github"}],` + ann + `}`,
			with("created", event.Repository{Name: "acme/a.b_c-d", ID: 8, Private: true}, event.Repository{Name: "acme/.github", ID: 9}),
		},
		{"created, all repositories", "installation", `{"action":"created",` + account + `,` + ann + `}`, with("created")},
		{"deleted", "installation", `{"action":"deleted",` + account + `,"repositories":[{"id":8,"full_name":"acme/a"}],` + ann + `}`, with("deleted")},
		{"suspend", "installation", `{"action":"suspend",` + account + `,` + ann + `}`, with("suspend")},
		{"unsuspend", "installation", `{"action":"unsuspend",` + account + `,` + ann + `}`, with("unsuspend")},
		{"permissions", "installation", `{"action":"new_permissions_accepted",` + account + `,` + ann + `}`, with("new_permissions_accepted")},
		{
			"added", "installation_repositories",
			`{"action":"added",` + account + `,"repositories_added":[{"id":8,"full_name":"acme/a"}],"repositories_removed":[],` + ann + `}`,
			event.Event{Kind: event.Granted, Action: "added", Installation: 3, Account: "acme", Actor: "ann", Added: []event.Repository{{Name: "acme/a", ID: 8}}},
		},
		{
			"removed", "installation_repositories",
			`{"action":"removed",` + account + `,"repositories_added":[],"repositories_removed":[{"id":8,"full_name":"acme/a"}],` + ann + `}`,
			event.Event{Kind: event.Granted, Action: "removed", Installation: 3, Account: "acme", Actor: "ann", Removed: []event.Repository{{Name: "acme/a", ID: 8}}},
		},
	}
}

func repositories() []payload {
	return []payload{
		{
			"renamed", "repository", `{"action":"renamed","changes":{"repository":{"name":{"from":"old"}}},` + common + `}`,
			base(event.Changed, "renamed", func(e *event.Event) { e.Repository.Was = "acme/old" }),
		},
		{
			"transferred by a user", "repository", `{"action":"transferred","changes":{"owner":{"from":{"user":{"login":"bob"}}}},` + common + `}`,
			base(event.Changed, "transferred", func(e *event.Event) { e.Repository.Was = "bob/app" }),
		},
		{
			"transferred by an organisation", "repository", `{"action":"transferred","changes":{"owner":{"from":{"organization":{"login":"old-org"}}}},` + common + `}`,
			base(event.Changed, "transferred", func(e *event.Event) { e.Repository.Was = "old-org/app" }),
		},
		{"another default branch", "repository", `{"action":"edited","changes":{"default_branch":{"from":"master"}},` + common + `}`, base(event.Changed, "edited", nil)},
		{"another description", "repository", `{"action":"edited","changes":{"description":{"from":"x"}},` + common + `}`, event.Event{}},
		{"archived", "repository", `{"action":"archived",` + common + `}`, base(event.Changed, "archived", nil)},
		{"unarchived", "repository", `{"action":"unarchived",` + common + `}`, base(event.Changed, "unarchived", nil)},
		{"deleted", "repository", `{"action":"deleted",` + common + `}`, base(event.Changed, "deleted", nil)},
		{"privatized", "repository", `{"action":"privatized",` + common + `}`, base(event.Changed, "privatized", nil)},
		{
			"publicized", "repository", `{"action":"publicized",` + strings.Replace(common, `"private":true`, `"private":false`, 1) + `}`,
			base(event.Changed, "publicized", func(e *event.Event) { e.Repository.Private = false }),
		},
		{"created", "repository", `{"action":"created",` + common + `}`, event.Event{}},
	}
}

func conversations() []payload {
	pr := func(action, more string) string {
		return `{"action":"` + action + `","number":5,"pull_request":{"number":5,"merged":` + more + `},` + common + `}`
	}
	ours := `"head":{"ref":"freshpin/x","sha":"` + sha + `","repo":{"id":7,"full_name":"Acme/App"}}`
	return []payload{
		{
			"merged", "pull_request", pr("closed", `true,`+ours),
			base(event.PullRequest, "closed", func(e *event.Event) { e.Number, e.Merged, e.Branch, e.Commit = 5, true, "freshpin/x", sha }),
		},
		{
			"reopened", "pull_request", pr("reopened", `false,`+ours),
			base(event.PullRequest, "reopened", func(e *event.Event) { e.Number, e.Branch, e.Commit = 5, "freshpin/x", sha }),
		},
		{
			"synchronize", "pull_request", pr("synchronize", `null,`+ours),
			base(event.PullRequest, "synchronize", func(e *event.Event) { e.Number, e.Branch, e.Commit = 5, "freshpin/x", sha }),
		},
		{
			"of a fork", "pull_request", pr("closed", `false,"head":{"ref":"freshpin/x","sha":"`+sha+`","repo":{"id":70,"full_name":"eve/app"}}`),
			base(event.PullRequest, "closed", func(e *event.Event) { e.Number, e.Fork, e.Branch, e.Commit = 5, true, "freshpin/x", sha }),
		},
		{
			"of a fork that is gone", "pull_request", pr("closed", `false,"head":{"ref":"freshpin/x","sha":"`+sha+`","repo":null}`),
			base(event.PullRequest, "closed", func(e *event.Event) { e.Number, e.Fork, e.Branch, e.Commit = 5, true, "freshpin/x", sha }),
		},
		{
			"edited", "pull_request", pr("edited", `false,"body":"- [x] rebuild",`+ours),
			base(event.PullRequest, "edited", func(e *event.Event) {
				e.Number, e.Branch, e.Commit, e.Text = 5, "freshpin/x", sha, "- [x] rebuild"
			}),
		},
		{"opened", "pull_request", pr("opened", `false,`+ours), event.Event{}},

		{
			"a command", "issue_comment",
			`{"action":"created","issue":{"number":5,"pull_request":{}},"comment":{"body":"/freshpin rebase\u0000","author_association":"OWNER"},` + common + `}`,
			base(event.Commented, "created", func(e *event.Event) { e.Number, e.Text = 5, "/freshpin rebase" }),
		},
		{
			"an edited comment", "issue_comment", `{"action":"edited","changes":{"body":{"from":"a"}},"issue":{"number":5},"comment":{"body":"b"},` + common + `}`,
			base(event.Commented, "edited", func(e *event.Event) { e.Number, e.Text = 5, "b" }),
		},
		{
			"a comment of a program", "issue_comment", `{"action":"created","issue":{"number":5},"comment":{"body":"b"},` + app + `,` + robot + `}`,
			event.Event{Kind: event.Commented, Action: "created", Actor: "freshpin[bot]", Bot: true, Repository: appRepo, Number: 5, Text: "b"},
		},
		{"a comment that is gone", "issue_comment", `{"action":"deleted","issue":{"number":5},"comment":{"body":"b"},` + common + `}`, event.Event{}},

		{
			"a ticked box", "issues", `{"action":"edited","changes":{"body":{"from":"- [ ] a"}},"issue":{"number":6,"body":"- [x] a"},` + common + `}`,
			base(event.Issue, "edited", func(e *event.Event) { e.Number, e.Text = 6, "- [x] a" }),
		},
		{
			"no body", "issues", `{"action":"closed","issue":{"number":6,"body":null},` + common + `}`,
			base(event.Issue, "closed", func(e *event.Event) { e.Number = 6 }),
		},
		{"reopened", "issues", `{"action":"reopened","issue":{"number":6,"body":"x"},` + common + `}`, base(event.Issue, "reopened", func(e *event.Event) { e.Number, e.Text = 6, "x" })},
		{"deleted", "issues", `{"action":"deleted","issue":{"number":6,"body":"x"},` + common + `}`, base(event.Issue, "deleted", func(e *event.Event) { e.Number, e.Text = 6, "x" })},
		{"opened", "issues", `{"action":"opened","issue":{"number":6,"body":"x"},` + common + `}`, event.Event{}},
	}
}

func checks() []payload {
	return []payload{
		{
			"a suite", "check_suite", `{"action":"completed","check_suite":{"head_branch":"freshpin/x","head_sha":"` + sha + `","conclusion":"success"},` + common + `}`,
			base(event.Checked, "completed", func(e *event.Event) { e.Branch, e.Commit, e.Text = "freshpin/x", sha, "success" }),
		},
		{
			"a suite of a fork", "check_suite", `{"action":"completed","check_suite":{"head_branch":null,"head_sha":"` + sha + `","conclusion":"timed_out"},` + common + `}`,
			base(event.Checked, "completed", func(e *event.Event) { e.Commit, e.Text = sha, "timed_out" }),
		},
		{"a run", "check_run", `{"action":"completed","check_run":{"head_sha":"` + sha + `","conclusion":"failure","check_suite":{"head_branch":"freshpin/x"}},` + common + `}`, event.Event{}},
		{"a suite that is asked for", "check_suite", `{"action":"requested","check_suite":{"head_sha":"` + sha + `","conclusion":null},` + common + `}`, event.Event{}},
		{
			"a review", "pull_request_review",
			`{"action":"submitted","review":{"state":"approved"},"pull_request":{"number":5,"head":{"ref":"freshpin/x","sha":"` + sha + `","repo":{"id":7,"full_name":"acme/app"}}},` + common + `}`,
			base(event.Reviewed, "submitted", func(e *event.Event) { e.Number, e.Branch, e.Commit = 5, "freshpin/x", sha }),
		},
		{"a review that is edited", "pull_request_review", `{"action":"edited","pull_request":{"number":5},` + common + `}`, event.Event{}},
		{"pinned", "issues", `{"action":"pinned","issue":{"number":6},` + common + `}`, event.Event{}},
		{"ping", "ping", `{"zen":"Half measures are as bad as nothing at all.","hook_id":1}`, event.Event{Kind: event.Ping}},
	}
}

func TestDecode(t *testing.T) {
	for _, test := range payloads() {
		t.Run(test.event+"/"+test.name, func(t *testing.T) {
			got, ok, err := webhook.Decode(test.event, []byte(test.body))
			if err != nil || ok != (test.want.Kind != "") {
				t.Fatalf("Decode = %v, %v; want %v", ok, err, test.want.Kind != "")
			}
			if diff := cmp.Diff(test.want, got); ok && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := forgetest.CheckEvent(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is refused, with a reason that repeats nothing of what was sent.
func TestMalformed(t *testing.T) {
	deep := strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000)
	repo := func(name string) string {
		return `{"action":"archived","repository":{"id":7,"full_name":` + name + `,"default_branch":"main"}}`
	}
	for _, test := range []struct{ event, body string }{
		{"push", ``},
		{"push", `null`},
		{"push", `[]`},
		{"push", `"evil"`},
		{"push", `{}`},
		{"push", pushed + pushed},
		{"push", pushed[:len(pushed)-1]},
		{"push", deep},
		{"push", `{"x":` + deep + `}`},
		{"push", strings.Repeat(`{"x":`, 100_000) + `1` + strings.Repeat(`}`, 100_000)},
		{"push", strings.Replace(pushed, sha, "evil", 1)},
		{"push", strings.Replace(pushed, `"`+sha+`"`, "7", 1)},
		{"push", strings.Replace(pushed, `"main"}`, `{"evil":1}}`, 1)},
		{"push", strings.Replace(pushed, `["Dockerfile"]`, `"evil"`, 1)},
		{"push", strings.Replace(pushed, `["Dockerfile"]`, `[["evil"]]`, 1)},
		{"push", strings.Replace(pushed, `"ann"`, `"evil\u0007"`, 1)},
		{"push", `{"ref":"refs/heads/main","commits":[` + strings.Repeat("{},", 100_000) + `{}]}`},
		{"repository", repo(`"evil"`)},
		{"repository", repo(`"evil/"`)},
		{"repository", repo(`"/evil"`)},
		{"repository", repo(`"../evil"`)},
		{"repository", repo(`"evil/.."`)},
		{"repository", repo(`"evil/app/app"`)},
		{"repository", repo(`"evil/a b"`)},
		{"repository", repo(`"evil/app\u0000"`)},
		{"repository", repo(`"evil/app\n"`)},
		{"repository", repo(`"evil/\u202eppa"`)},
		{"repository", repo(`"https://evil/app"`)},
		{"repository", repo(`"evil/` + strings.Repeat("a", 200) + `"`)},
		{"repository", repo(`7`)},
		{"repository", strings.Replace(repo(`"acme/app"`), `7`, `"evil"`, 1)},
		{"repository", strings.Replace(repo(`"acme/app"`), `7`, `1e400`, 1)},
		{"repository", strings.Replace(repo(`"acme/app"`), `7`, `99999999999999999999`, 1)},
		{"repository", strings.Replace(repo(`"acme/app"`), `"main"`, `"evil\u0000"`, 1)},
		{"repository", `{"action":"archived"}`},
		{"repository", `{"action":["archived"]}`},
		{"repository", `{"action":"renamed","changes":{"repository":{"name":{"from":"../evil"}}},` + common + `}`},
		{"repository", `{"action":"renamed",` + common + `}`},
		{"repository", `{"action":"transferred","changes":{"owner":{"from":{"user":{"login":"evil/x"}}}},` + common + `}`},
		{"installation", `{"action":"created",` + ann + `}`},
		{"installation", `{"action":"created","installation":{"id":-1},` + ann + `}`},
		{"installation", `{"action":"created",` + inst + `,"repositories":[{"full_name":"evil"}]}`},
		{"installation_repositories", `{"action":"removed",` + inst + `,"repositories_removed":[{"id":1}]}`},
		{"installation_repositories", `{"action":"added",` + inst + `,"repositories_added":[` + strings.Repeat("{},", 100_000) + `{}]}`},
		{"pull_request", `{"action":"closed",` + common + `}`},
		{"pull_request", `{"action":"closed","pull_request":{"number":5,"head":{"ref":"x","sha":"evil"}},` + common + `}`},
		{"pull_request", `{"action":"closed","pull_request":{"number":5,"head":{"ref":"evil\u0000","sha":"` + sha + `"}},` + common + `}`},
		{"pull_request", `{"action":"closed","pull_request":{"number":-5,"head":{"ref":"x","sha":"` + sha + `"}},` + common + `}`},
		{"pull_request", `{"action":"closed","pull_request":{"number":5,"head":{"ref":"x","sha":"` + sha + `"}}}`},
		{"issue_comment", `{"action":"created","issue":{"number":5},"comment":{"body":"evil"}}`},
		{"issue_comment", `{"action":"created","comment":{"body":"evil"},` + common + `}`},
		{"issues", `{"action":"edited","issue":{"number":1,"body":["evil"]},` + common + `}`},
		{"check_suite", `{"action":"completed","check_suite":{"head_sha":"evil"},` + common + `}`},
		{"pull_request_review", `{"action":"submitted","pull_request":{"number":5,"head":{"ref":"x","sha":"evil"}},` + common + `}`},
		{"check_suite", `{"action":"completed",` + common + `}`},
		{"check_suite", `{"action":"completed","check_suite":{"head_sha":"` + sha + `","conclusion":"evil\u0000"},` + common + `}`},
		{"ping", `{`},
		{"package", `{"action":"published","package":7}`},
	} {
		e, ok, err := webhook.Decode(test.event, []byte(test.body))
		if err == nil || ok || !cmp.Equal(e, event.Event{}) {
			t.Errorf("%s %.200s: %v, %v, %v; want an error", test.event, test.body, e, ok, err)
			continue
		}
		if strings.Contains(err.Error(), "evil") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %.200s: %q", test.event, test.body, err)
		}
	}
}

// The last of two fields counts, as most parsers have it.
func TestDuplicateKeys(t *testing.T) {
	body := `{"action":"deleted","action":"archived",` + common + `}`
	if e, ok, err := webhook.Decode("repository", []byte(body)); !ok || err != nil || e.Action != "archived" {
		t.Errorf("%v, %v, %v", e, ok, err)
	}
}

func TestTextIsBounded(t *testing.T) {
	for _, letter := range []string{"a", "é", "漢", "😀"} {
		text := "a" + strings.Repeat(letter, 64<<10)
		body := fmt.Sprintf(`{"action":"created","issue":{"number":5},"comment":{"body":%q},%s}`, text, common)
		e, ok, err := webhook.Decode("issue_comment", []byte(body))
		if !ok || err != nil || len(e.Text) > 64<<10 || len(e.Text) < 64<<10-3 || !strings.HasPrefix(text, e.Text) {
			t.Errorf("%s: %d bytes, %v, %v", letter, len(e.Text), ok, err)
		}
		if err := forgetest.CheckEvent(e); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownEvents(t *testing.T) {
	for _, name := range []string{"star", "workflow_run", "", "PUSH", "installation_target"} {
		if e, ok, err := webhook.Decode(name, []byte("no JSON")); ok || err != nil || !cmp.Equal(e, event.Event{}) {
			t.Errorf("%q: %v, %v, %v; want nothing", name, e, ok, err)
		}
	}
}
