package otherbots

import (
	"reflect"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, branch, title, body string
		want                      []Move
	}{
		{"dependabot, one module", "dependabot/go_modules/golang.org/x/net-0.17.0", "build(deps): bump golang.org/x/net from 0.7.0 to 0.17.0",
			"Bumps [golang.org/x/net](https://github.com/golang/net) from 0.7.0 to 0.17.0.\r\n<details>\r\n<summary>Commits</summary>\r\n</details>\r\n<br />\r\n\r\n[![Dependabot compatibility score](https://dependabot-badges.githubapp.com/badges/compatibility_score?dependency-name=golang.org/x/net&package-manager=go_modules&previous-version=0.7.0&new-version=0.17.0)](https://docs.github.com/x)",
			[]Move{{"golang.org/x/net", "0.7.0", "0.17.0", "go_modules", "", false}}},
		{"dependabot, an image in a folder, no link", "dependabot/docker/services/api/python-3.12-slim", "Bump python from 3.11-slim to 3.12-slim in /services/api",
			"Bumps python from 3.11-slim to 3.12-slim.\n\n\n[//]: # (dependabot-automerge-start)",
			[]Move{{"python", "3.11-slim", "3.12-slim", "docker", "/services/api", false}}},
		{"dependabot, a digest", "dependabot/docker/alpine-5b10f43", "Bump alpine from `1e42bbe` to `5b10f43`", "Bumps alpine from `1e42bbe` to `5b10f43`.",
			[]Move{{"alpine", "1e42bbe", "5b10f43", "docker", "", false}}},
		{"dependabot, a group with sections", "dependabot/pip/app/web-3d1b2a", "Bump the web group in /app with 2 updates",
			"Bumps the web group in /app with 2 updates: [Django](https://github.com/django/django) and [flask](https://github.com/pallets/flask).\n\n\nUpdates `Django` from 4.1 to 4.2\n<details>\n</details>\n\nUpdates `flask` from 2.0.1 to 2.3.0\n",
			[]Move{{"Django", "4.1", "4.2", "pip", "", true}, {"flask", "2.0.1", "2.3.0", "pip", "", true}}},
		{"dependabot, a group as a table", "dependabot/go_modules/all-8f1c", "Bump the all group across 1 directory with 6 updates",
			"Bumps the all group with 6 updates in the / directory:\n\n| Package | From | To |\n| --- | --- | --- |\n| [github.com/a/b](https://github.com/a/b) | `1.0.0` | `1.1.0` |\n| github.com/c/d | `2.0.0` | `2.0.1` |\n\nUpdates `github.com/a/b` from 1.0.0 to 1.1.0\n",
			[]Move{{"github.com/a/b", "1.0.0", "1.1.0", "go_modules", "", true}, {"github.com/c/d", "2.0.0", "2.0.1", "go_modules", "", true}}},
		{"dependabot, a range", "dependabot/pip/django-lt-6", "Update django requirement from <5 to <6",
			"Updates the requirements on [django](https://github.com/django/django) to permit the latest version.\n",
			[]Move{{"django", "<5", "<6", "pip", "", false}}},
		{"renovate", "renovate/golang.org-x-net-0.x", "fix(deps): update module golang.org/x/net to v0.17.0",
			"This PR contains the following updates:\n\n| Package | Type | Update | Change |\n|---|---|---|---|\n| [golang.org/x/net](https://pkg.go.dev/golang.org/x/net) ([source](https://x.example)) | require | minor | `v0.7.0` -> `v0.17.0` |\n\n---\n\n### Release Notes\n\n| Package | `a` -> `b` |\n",
			[]Move{{"golang.org/x/net", "v0.7.0", "v0.17.0", "", "", true}}},
		{"renovate, the new arrow, a first digest, links with a change", "renovate/all", "Update all",
			"| Package | Update | Change |\n|---|---|---|\n| [ghcr.io/a/b](https://x.example) ([source](https://y.example)) | pinDigest |  → `daf426c` |\n| python | minor | `3.11-slim` → `3.12-slim` |\n| [Django](https://x.example) | minor | [`==4.1` -> `==4.2`](https://diff.example) |\n",
			[]Move{{"ghcr.io/a/b", "", "daf426c", "", "", true}, {"python", "3.11-slim", "3.12-slim", "", "", true}, {"Django", "==4.1", "==4.2", "", "", true}}},
		{"nothing to read", "renovate/x", "x", "| Package |\n| --- |\n| x |\n|\n||", nil},
	} {
		p, ok := Read(forge.PullRequest{Branch: c.branch, Title: c.title, Body: c.body, State: forge.Open})
		if !ok || !reflect.DeepEqual(p.Moves, c.want) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", c.name, ok, p.Moves, c.want)
		}
	}
	for _, pr := range []forge.PullRequest{{Branch: "freshpin/x", State: forge.Open}, {Branch: "renovate", State: forge.Open}, {Branch: "renovate/x", State: forge.Merged}} {
		if _, ok := Read(pr); ok {
			t.Errorf("%+v is taken for another bot's", pr)
		}
	}
}

func TestMatch(t *testing.T) {
	django := Pin{[]string{"pip"}, "Django", "django", "app/requirements.txt", "4.2", ""}
	python := Pin{[]string{"docker"}, "python", "docker.io/library/python", "Dockerfile", "3.12-slim", "sha256:daf426c000"}
	net := Pin{[]string{"gomod", "go_modules"}, "golang.org/x/net", "golang.org/x/net", "go.mod", "v0.17.0", ""}
	for _, c := range []struct {
		m                Move
		p                Pin
		concerns, reache bool
	}{
		{Move{"django", "4.1", "4.2", "pip", "/app", false}, django, true, true},
		{Move{"django", "4.1", "4.2", "pip", "", false}, django, false, true},
		{Move{"Django", "==4.1", "==4.2", "", "", true}, django, true, true},
		{Move{"django", "4.1", "5.0", "", "", true}, django, true, false},
		{Move{"django", "4.1", "4.2", "npm_and_yarn", "", true}, django, false, true},
		{Move{"docker.io/library/python", "", "daf426c", "", "", true}, python, true, true},
		{Move{"python", "3.11-slim", "3.12-slim", "docker", "", false}, python, true, true},
		{Move{"python", "", "", "docker", "", false}, python, true, false},
		{Move{"python", "", "da", "docker", "", false}, python, true, false},
		{Move{"pythons", "", "3.12-slim", "docker", "", false}, python, false, true},
		{Move{"golang.org/x/net", "0.7.0", "0.17.0", "go_modules", "", false}, net, true, true},
	} {
		if a, b := c.m.Concerns(c.p), c.m.Reaches(c.p); a != c.concerns || b != c.reache {
			t.Errorf("%+v and %+v: %v, %v; want %v, %v", c.m, c.p, a, b, c.concerns, c.reache)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("renovate/x", "t", "| Package | Change |\n|---|---|\n| [a](b) | `1` -> `2` |")
	f.Add("dependabot/pip/x", "Bump x from 1 to 2 in /", "Bumps x from 1 to 2.")
	f.Add("dependabot/docker/", "", "https://dependabot-badges.githubapp.com/badges/compatibility_score?dependency-name=%zz&amp;new-version=1")
	f.Fuzz(func(t *testing.T, branch, title, body string) {
		p, _ := Read(forge.PullRequest{Branch: branch, Title: title, Body: body, State: forge.Open})
		if len(p.Moves) > maxMoves {
			t.Errorf("%d moves", len(p.Moves))
		}
		for _, m := range p.Moves {
			if m.Name == "" || len(m.Name) > maxName || m.Name != strings.TrimSpace(m.Name) {
				t.Errorf("name %q", m.Name)
			}
			m.Concerns(Pin{[]string{"docker"}, m.Name, m.Name, "x/Dockerfile", m.To, ""})
			m.Reaches(Pin{Version: m.To})
		}
	})
}
