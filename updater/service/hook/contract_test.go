package hook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/service/hook"
)

// brought returns a file that "make contract" brings, or skips the test.
func brought(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", ".contract", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf(".contract/%s is not here: run make contract", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// An example is a real payload, named by its event and its place: "push/4".
type example struct {
	name, event string
	body        []byte
}

// examples are the payloads of the npm package @octokit/webhooks-examples.
func examples(t testing.TB) (list []example) {
	var events []struct {
		Name     string            `json:"name"`
		Examples []json.RawMessage `json:"examples"`
	}
	if err := json.Unmarshal(brought(t, "webhooks-examples.json"), &events); err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		for i, body := range e.Examples {
			list = append(list, example{fmt.Sprintf("%s/%d", e.Name, i), e.Name, body})
		}
	}
	return list
}

// taken are the examples from which something follows. All others are ignored.
func taken() map[string]event.Event {
	const check, first = "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
	hello := event.Repository{Name: "Codertocat/Hello-World", ID: 186853002, Branch: "master"}
	octo := event.Repository{Name: "Octocoders/Hello-World", ID: 186853261, Branch: "master"}
	of := func(kind event.Kind, action string, repo event.Repository, change func(*event.Event)) event.Event {
		e := event.Event{Kind: kind, Action: action, Actor: "Codertocat", Repository: repo}
		if change != nil {
			change(&e)
		}
		return e
	}
	install := func(action string, id int64, account string, more func(*event.Event)) event.Event {
		e := of(event.Installed, action, event.Repository{}, more)
		e.Installation, e.Account, e.Actor = id, account, account
		return e
	}
	grant := func(action string, id int64, account string, more func(*event.Event)) event.Event {
		e := install(action, id, account, more)
		e.Kind = event.Granted
		return e
	}
	checked := func(branch, conclusion string) event.Event {
		return of(event.Checked, "completed", hello, func(e *event.Event) { e.Branch, e.Commit, e.Text = branch, check, conclusion })
	}
	onMain := func(e event.Event) event.Event { e.Repository.Branch = "main"; return e }
	pull := func(action string, installation int64) event.Event {
		return of(event.PullRequest, action, hello, func(e *event.Event) {
			e.Number, e.Branch, e.Commit, e.Installation = 2, "changes", check, installation
		})
	}
	reviewed := func(action string, installation int64) event.Event {
		e := pull(action, installation)
		e.Kind = event.Reviewed
		return e
	}
	said := func(action, when string, installation int64) event.Event {
		return of(event.Commented, action, hello, func(e *event.Event) {
			e.Number, e.Installation, e.Text = 1, installation, "You are totally right! I'll get this fixed "+when+"."
		})
	}
	board := func(action string, installation int64) event.Event {
		return of(event.Issue, action, hello, func(e *event.Event) {
			e.Number, e.Installation, e.Text = 1, installation, "It looks like you accidently spelled 'commit' with two 't's."
		})
	}
	silent := func(action string) event.Event {
		return of(event.Issue, action, hello, func(e *event.Event) { e.Number, e.Installation = 1, 1 })
	}
	private := func(action string, repo event.Repository) event.Event {
		repo.Private = action == "privatized"
		return of(event.Changed, action, repo, nil)
	}
	was := func(action, name string, installation int64) event.Event {
		return of(event.Changed, action, octo, func(e *event.Event) { e.Repository.Was, e.Installation = name, installation })
	}
	push := of(event.Pushed, "", hello, func(e *event.Event) { e.Installation, e.Branch, e.Commit = 1, "master", first }) // created: no files
	with := func(repos ...event.Repository) func(*event.Event) { return func(e *event.Event) { e.Added = repos } }
	short, space := event.Repository{Name: hello.Name, ID: hello.ID}, event.Repository{Name: "Codertocat/Space", ID: 186853007}
	return map[string]event.Event{
		"pull_request_review/0": reviewed("submitted", 0), "pull_request_review/1": reviewed("dismissed", 1),
		"pull_request_review/2": reviewed("submitted", 1), "pull_request_review/3": reviewed("submitted", 1),
		"check_suite/0": checked("changes", "success"), "check_suite/1": onMain(checked("main", "success")), "check_suite/2": checked("changes", "success"), "check_suite/3": checked("changes", "success"),
		"installation/0": install("deleted", 2, "octocat", nil), "installation/3": install("deleted", 2, "octocat", nil),
		"installation/1": install("created", 957387, "Codertocat", with(short)), "installation/2": install("created", 957387, "Codertocat", with(short)),
		"installation_repositories/0": grant("added", 957387, "Codertocat", func(e *event.Event) { e.Added = []event.Repository{space} }),
		"installation_repositories/1": grant("added", 957387, "Codertocat", func(e *event.Event) { e.Added = []event.Repository{space} }),
		"installation_repositories/2": grant("removed", 2, "octocat", func(e *event.Event) { e.Removed = []event.Repository{{Name: "octocat/Hello-World", ID: 1296269}} }),
		"installation/4":              install("new_permissions_accepted", 957387, "Codertocat", nil),
		"installation/5":              install("suspend", 16598467, "Codertocat", nil), "installation/6": install("unsuspend", 16598467, "Codertocat", nil),
		"pull_request/3": pull("closed", 1), "pull_request/4": pull("closed", 1), "pull_request/18": pull("reopened", 1), "pull_request/19": pull("reopened", 1), "pull_request/22": pull("synchronize", 1),
		"push/4": push, "push/5": push,
		"issue_comment/0": said("created", "right away", 0), "issue_comment/1": said("created", "right away", 0), "issue_comment/2": said("created", "right away", 0), "issue_comment/3": said("created", "right away", 1), "issue_comment/4": said("created", "right away", 0),
		"issue_comment/7": said("edited", "today", 0), "issue_comment/8": said("edited", "today", 0),
		"issues/0": board("edited", 0), "issues/7": board("edited", 0), "issues/8": board("edited", 0), "issues/4": silent("deleted"), "issues/20": silent("reopened"),
		"issues/21":    of(event.Issue, "transferred", event.Repository{Name: "octo-org/octo-repo", ID: 17273051, Branch: "main", Private: true}, func(e *event.Event) { e.Number = 1 }),
		"repository/0": private("publicized", hello), "repository/5": private("privatized", hello), "repository/6": private("privatized", hello), "repository/7": private("publicized", hello), "repository/8": private("publicized", hello),
		"repository/4": of(event.Changed, "edited", octo, nil), "repository/9": was("renamed", "", 1), // to the name that it had
		"repository/10": was("transferred", "octocat/Hello-World", 0), "repository/11": was("transferred", "octocat/Hello-World", 1), "repository/12": was("transferred", "octocat/Hello-World", 0),
	}
}

func TestExamples(t *testing.T) {
	want := taken()
	list := examples(t)
	if len(list) != 329 {
		t.Errorf("%d examples, want 329", len(list))
	}
	for _, x := range list {
		t.Run(x.name, func(t *testing.T) {
			b := newBook()
			w := send(hook.New(b.options()), github(x.event, string(x.body)))
			text := checkLine(t, w)
			expected, kept := want[x.name]
			delete(want, x.name)
			switch {
			case x.event == "ping" && w.Code != 200, x.event != "ping" && w.Code != 202:
				t.Fatalf("%d %s", w.Code, text)
			case kept != (len(b.events()) == 1):
				t.Fatalf("%s: queued %v, want %v", text, b.events(), kept)
			case kept:
				if diff := cmp.Diff(expected, b.events()[0]); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
	for name := range want {
		t.Errorf("there is no example %s", name)
	}
}

// Every real payload under every name of an event, also as a form: an answer, and
// never one that says that we are to blame.
func TestExamplesUnderOtherNames(t *testing.T) {
	b := newBook()
	h := hook.New(b.options())
	for _, x := range examples(t) {
		for _, event := range []string{"installation", "installation_repositories", "repository", "push", "pull_request", "issue_comment", "issues", "check_suite", "pull_request_review", "ping", "package", "registry_package"} {
			if w := send(h, github(event, string(x.body))); w.Code >= 500 {
				t.Errorf("%s as %s: %d", x.name, event, w.Code)
			}
		}
		if w := send(h, notify("/"+regToken, string(x.body))); w.Code >= 500 {
			t.Errorf("%s as a notification: %d", x.name, w.Code)
		}
	}
}
