package hook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

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
func taken() map[string]hook.Event {
	const check, first = "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
	hello := hook.Repository{Name: "Codertocat/Hello-World", ID: 186853002, Branch: "master"}
	octo := hook.Repository{Name: "Octocoders/Hello-World", ID: 186853261, Branch: "master"}
	of := func(kind hook.Kind, action string, repo hook.Repository, change func(*hook.Event)) hook.Event {
		e := hook.Event{Kind: kind, Action: action, Actor: "Codertocat", Repository: repo}
		if change != nil {
			change(&e)
		}
		return e
	}
	install := func(action string, id int64, account string, more func(*hook.Event)) hook.Event {
		e := of(hook.Installed, action, hook.Repository{}, more)
		e.Installation, e.Account, e.Actor = id, account, account
		return e
	}
	grant := func(action string, id int64, account string, more func(*hook.Event)) hook.Event {
		e := install(action, id, account, more)
		e.Kind = hook.Granted
		return e
	}
	checked := func(branch, conclusion string) hook.Event {
		return of(hook.Checked, "completed", hello, func(e *hook.Event) { e.Branch, e.Commit, e.Text = branch, check, conclusion })
	}
	onMain := func(e hook.Event) hook.Event { e.Repository.Branch = "main"; return e }
	pull := func(action string, installation int64) hook.Event {
		return of(hook.PullRequest, action, hello, func(e *hook.Event) {
			e.Number, e.Branch, e.Commit, e.Installation = 2, "changes", check, installation
		})
	}
	reviewed := func(action string, installation int64) hook.Event {
		e := pull(action, installation)
		e.Kind = hook.Reviewed
		return e
	}
	said := func(action, when string, installation int64) hook.Event {
		return of(hook.Commented, action, hello, func(e *hook.Event) {
			e.Number, e.Installation, e.Text = 1, installation, "You are totally right! I'll get this fixed "+when+"."
		})
	}
	board := func(action string, installation int64) hook.Event {
		return of(hook.Issue, action, hello, func(e *hook.Event) {
			e.Number, e.Installation, e.Text = 1, installation, "It looks like you accidently spelled 'commit' with two 't's."
		})
	}
	silent := func(action string) hook.Event {
		return of(hook.Issue, action, hello, func(e *hook.Event) { e.Number, e.Installation = 1, 1 })
	}
	private := func(action string, repo hook.Repository) hook.Event {
		repo.Private = action == "privatized"
		return of(hook.Changed, action, repo, nil)
	}
	was := func(action, name string, installation int64) hook.Event {
		return of(hook.Changed, action, octo, func(e *hook.Event) { e.Repository.Was, e.Installation = name, installation })
	}
	push := of(hook.Pushed, "", hello, func(e *hook.Event) { e.Installation, e.Branch, e.Commit = 1, "master", first }) // created: no files
	with := func(repos ...hook.Repository) func(*hook.Event) { return func(e *hook.Event) { e.Added = repos } }
	short, space := hook.Repository{Name: hello.Name, ID: hello.ID}, hook.Repository{Name: "Codertocat/Space", ID: 186853007}
	return map[string]hook.Event{
		"pull_request_review/0": reviewed("submitted", 0), "pull_request_review/1": reviewed("dismissed", 1),
		"pull_request_review/2": reviewed("submitted", 1), "pull_request_review/3": reviewed("submitted", 1),
		"check_suite/0": checked("changes", "success"), "check_suite/1": onMain(checked("main", "success")), "check_suite/2": checked("changes", "success"), "check_suite/3": checked("changes", "success"),
		"installation/0": install("deleted", 2, "octocat", nil), "installation/3": install("deleted", 2, "octocat", nil),
		"installation/1": install("created", 957387, "Codertocat", with(short)), "installation/2": install("created", 957387, "Codertocat", with(short)),
		"installation_repositories/0": grant("added", 957387, "Codertocat", func(e *hook.Event) { e.Added = []hook.Repository{space} }),
		"installation_repositories/1": grant("added", 957387, "Codertocat", func(e *hook.Event) { e.Added = []hook.Repository{space} }),
		"installation_repositories/2": grant("removed", 2, "octocat", func(e *hook.Event) { e.Removed = []hook.Repository{{Name: "octocat/Hello-World", ID: 1296269}} }),
		"installation/4":              install("new_permissions_accepted", 957387, "Codertocat", nil),
		"installation/5":              install("suspend", 16598467, "Codertocat", nil), "installation/6": install("unsuspend", 16598467, "Codertocat", nil),
		"pull_request/3": pull("closed", 1), "pull_request/4": pull("closed", 1), "pull_request/18": pull("reopened", 1), "pull_request/19": pull("reopened", 1), "pull_request/22": pull("synchronize", 1),
		"push/4": push, "push/5": push,
		"issue_comment/0": said("created", "right away", 0), "issue_comment/1": said("created", "right away", 0), "issue_comment/2": said("created", "right away", 0), "issue_comment/3": said("created", "right away", 1), "issue_comment/4": said("created", "right away", 0),
		"issue_comment/7": said("edited", "today", 0), "issue_comment/8": said("edited", "today", 0),
		"issues/0": board("edited", 0), "issues/7": board("edited", 0), "issues/8": board("edited", 0), "issues/4": silent("deleted"), "issues/20": silent("reopened"),
		"issues/21":    of(hook.Issue, "transferred", hook.Repository{Name: "octo-org/octo-repo", ID: 17273051, Branch: "main", Private: true}, func(e *hook.Event) { e.Number = 1 }),
		"repository/0": private("publicized", hello), "repository/5": private("privatized", hello), "repository/6": private("privatized", hello), "repository/7": private("publicized", hello), "repository/8": private("publicized", hello),
		"repository/4": of(hook.Changed, "edited", octo, nil), "repository/9": was("renamed", "", 1), // to the name that it had
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

// The payloads that are written by hand in these tests have only fields that
// GitHub's schemas know, of the types that they say. What they leave out is not
// looked at.
func TestSchemas(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(brought(t, "webhooks-schemas.json")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("webhooks.json", relaxed(doc)); err != nil {
		t.Fatal(err)
	}
	for _, p := range payloads() {
		if p.name == "transferred by an organisation" {
			continue // GitHub's documentation has it, these schemas have users only
		}
		definition := p.event + "_event"
		if p.event == "ping" || p.event == "push" {
			definition = p.event + "$event"
		}
		schema, err := c.Compile("webhooks.json#/definitions/" + definition)
		if err != nil {
			t.Fatal(err)
		}
		body, err := jsonschema.UnmarshalJSON(strings.NewReader(p.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(body); err != nil {
			t.Errorf("%s/%s: %v", p.event, p.name, err)
		}
	}
}

// relaxed asks of a schema only that what is there is right, not that all is there.
func relaxed(schema any) any {
	switch s := schema.(type) {
	case []any:
		for i := range s {
			s[i] = relaxed(s[i])
		}
	case map[string]any:
		if list, ok := s["required"].([]any); ok && !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok }) {
			delete(s, "required")
		}
		if one, ok := s["oneOf"]; ok {
			delete(s, "oneOf")
			s["anyOf"] = one
		}
		for k, v := range s {
			s[k] = relaxed(v)
		}
	}
	return schema
}
