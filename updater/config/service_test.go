package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// load reads an operator's file that must be right.
func load(t *testing.T, text string) *Operator {
	t.Helper()
	file := filepath.Join(t.TempDir(), "freshpin.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o, errs := LoadOperator(file, known)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return o
}

func TestTakes(t *testing.T) {
	for _, test := range []struct {
		name, file string
		yes, no    []string // "acme/shop" or "acme/shop topic"
	}{
		{"nothing said", "", []string{"acme/shop"}, nil},
		{"listed", "repositories: [acme/*, other/one]", []string{"acme/shop", "ACME/Shop", "other/one"}, []string{"other/two"}},
		{"only excluded", "repositories: ['!acme/legacy-*']", []string{"acme/shop", "x/y"}, []string{"acme/legacy-a"}},
		{"the last word wins", "repositories: [acme/*, '!acme/legacy-*', acme/legacy-ui]", []string{"acme/shop", "acme/legacy-ui"}, []string{"acme/legacy-a"}},
		{"by topic", "repositories: ['topic:Go']", []string{"acme/shop go"}, []string{"acme/shop", "acme/shop python"}},
		{"an entry for some", "for:\n- match: {repository: acme/legacy-*}\n  take_part: false\n- match: {topic: keep}\n  take_part: true\n",
			[]string{"acme/shop", "acme/legacy-a keep"}, []string{"acme/legacy-a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := load(t, test.file)
			for want, list := range map[bool][]string{true: test.yes, false: test.no} {
				for _, one := range list {
					words := strings.Fields(one)
					if got := o.Takes(words[0], words[1:]); got != want {
						t.Errorf("%s: %v", one, got)
					}
				}
			}
		})
	}
}

func TestObserves(t *testing.T) {
	o := load(t, "")
	if !o.Observes("acme/shop", nil) {
		t.Error("a fresh installation proposes")
	}
	o = load(t, "mode: propose\nfor:\n- match: {repository: [acme/legacy-*, acme/old-*]}\n  mode: observe\n")
	for repo, want := range map[string]bool{"acme/shop": false, "acme/legacy-a": true, "acme/old-b": true} {
		if got := o.Observes(repo, nil); got != want {
			t.Errorf("%s: %v", repo, got)
		}
	}
}

// What the operator says for some repositories lies where defaults and enforce lie for all.
func TestAbout(t *testing.T) {
	o := load(t, `
defaults: {allow: patch}
for:
- match: {repository: "acme/ui-*"}
  defaults: {allow: minor}
- match: {topic: frozen}
  enforce: {allow: patch, digests: ignore}
`)
	d := ecosystems.Dependency{Ecosystem: "requirements", Name: "click", Package: ecosystems.Package{Kind: "pypi", Name: "click"}}
	for _, test := range []struct {
		repo   string
		topics []string
		own    string
		want   version.Level
	}{
		{"acme/shop", nil, "", version.Patch},
		{"acme/ui-web", nil, "", version.Minor},
		{"acme/ui-web", nil, "allow: major", version.Major},
		{"acme/ui-web", []string{"frozen"}, "allow: major", version.Patch},
	} {
		tree := Load(fstest.MapFS{Name: {Data: []byte(test.own)}}, Overrides{Operator: o}.About(test.repo, test.topics))
		if got := tree.For(d, "requirements.txt", time.Now()).Allow; got != test.want {
			t.Errorf("%s %v with %q: %s, want %s", test.repo, test.topics, test.own, got, test.want)
		}
	}
}

func TestServiceEnvironment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret that is long enough\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"FRESHPIN_MODE": "propose", "FRESHPIN_DATABASE": "postgres://db/freshpin", "FRESHPIN_WEBHOOK_SECRET_FILE": secret,
		"FRESHPIN_REPOSITORIES": "acme/*,!acme/old", "FRESHPIN_SCHEDULE": "0 6 * * *", "FRESHPIN_TIMEZONE": "Europe/Berlin", "FRESHPIN_OPERATORS": "ada",
	}
	o := &Operator{}
	if err := o.Environment(func(name string) string { return env[name] }); err != nil {
		t.Fatal(err)
	}
	if o.Observes("acme/x", nil) || o.WebhookSecret != "a secret that is long enough" || o.Takes("acme/old", nil) || *o.Schedule != "0 6 * * *" || o.Operators[0] != "ada" {
		t.Errorf("%+v", o.Service)
	}
	if errs := o.CheckService(); len(errs) > 0 {
		t.Error(errs)
	}
	for name, value := range map[string]string{"FRESHPIN_MODE": "propse", "FRESHPIN_SCHEDULE": "0 6 31 2 *", "FRESHPIN_TIMEZONE": "Mars", "FRESHPIN_READ_TOKEN_FILE": secret + "x"} {
		if err := (&Operator{}).Environment(func(n string) string { return map[string]string{name: value}[n] }); err == nil || !strings.Contains(err.Error(), "FRESHPIN_") {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestCheckService(t *testing.T) {
	for _, test := range []struct {
		o    Operator
		want string
	}{
		{Operator{Service: Service{Listen: "8080"}}, "listen"},
		{Operator{Service: Service{BaseURL: "freshpin.acme.com"}}, "base_url"},
		{Operator{Service: Service{WebhookSecret: "long enough for everybody,short"}}, "webhook_secret"},
		{Operator{Service: Service{GitHubClientID: "x"}}, "github_client_secret"},
		{Operator{Service: Service{Repositories: []string{"acme"}}}, "repositories"},
		{Operator{Service: Service{For: []For{{}}}}, "matches nothing"},
	} {
		errs := test.o.CheckService()
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), test.want) || strings.Contains(errs[0].Error(), "long enough") {
			t.Errorf("%s: %v", test.want, errs)
		}
	}
}
