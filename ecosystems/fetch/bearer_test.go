package fetch

import (
	"net/http"
	"testing"
)

// tokens is who was shown a token, and whose limit was charged.
type tokens map[string]string

func (s tokens) RoundTrip(req *http.Request) (*http.Response, error) {
	s[req.URL.String()] = req.Header.Get("Authorization")
	if a := accountOf(req.Context()); a != nil {
		s[req.URL.String()] += " for " + a.Name
	}
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}

// TestBearer: the token goes to its server alone, wherever a redirect leads.
func TestBearer(t *testing.T) {
	s := tokens{}
	b := Bearer{Via: s, Server: "https://api.github.com", Token: "ghs_1", Account: "github/acme"}
	for address, want := range map[string]string{
		"https://api.github.com/repos/a/b/releases/tags/v1": "Bearer ghs_1 for github/acme",
		"http://api.github.com/repos/a/b":                   "",
		"https://api.github.com.evil.example/repos/a/b":     "",
		"https://api.github.com:8443/repos/a/b":             "",
		"https://github.com/a/b/releases/download/v1/b":     "",
		"https://objects.githubusercontent.com/x":           "",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.RoundTrip(req); err != nil || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: %v, and the request of the caller has the token", address, err)
		}
		if s[address] != want {
			t.Errorf("%s was shown %q, want %q", address, s[address], want)
		}
	}
}
