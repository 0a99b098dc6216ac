package wiring

import (
	"testing"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/config"
)

// TestAPILogin: in whose name releases of the public GitHub are asked for.
func TestAPILogin(t *testing.T) {
	for _, c := range []struct {
		name     string
		env      map[string]string
		app      int64
		token    string
		identity bool
		none     bool
	}{
		{name: "a token", env: map[string]string{"GH_TOKEN": "t"}, token: "t", identity: true},
		{name: "a token of the public API", env: map[string]string{"GITHUB_TOKEN": "t", "GITHUB_API_URL": "https://api.github.com/"}, token: "t", identity: true},
		{name: "a token of another GitHub", env: map[string]string{"GITHUB_TOKEN": "t", "GITHUB_API_URL": "https://github.acme.example/api/v3"}, none: true},
		{name: "an App of another GitHub", env: map[string]string{"GITHUB_API_URL": "https://github.acme.example/api/v3"}, app: 1, none: true},
		{name: "nothing", none: true},
		{name: "an App, for no repository", app: 1},
	} {
		s := &Settings{env: &console.Env{Getenv: func(name string) string { return c.env[name] }}, Operator: &config.Operator{}}
		s.Operator.GitHubAppID = c.app
		login := s.apiLogin()
		if (login == nil) != c.none {
			t.Errorf("%s: there is a login: %t", c.name, login != nil)
		}
		if login == nil {
			continue
		}
		if l, err := login(t.Context()); l.Token != c.token || (l.Identity != "") != c.identity || c.token != "" && (l.Identity == c.token || l.Account != "github/") || err != nil {
			t.Errorf("%s: %+v, %v", c.name, l, err)
		}
	}
}
