package github

import (
	"strings"
	"testing"
)

// TestLoginRefused: where no repository is asked about, the error names the request and no permission of a repository.
func TestLoginRefused(t *testing.T) {
	server := newFake(t, map[string][]answer{
		"GET /rate_limit": {{body: `{}`}},
		"GET /user":       {{status: 403, body: `{"message":"Resource not accessible by integration"}`}},
	})
	f, _, _ := testForge(t, server.URL, func(o *Options) { o.Token = "ghp_x" })
	_, err := f.Login(t.Context())
	if err == nil || !strings.Contains(err.Error(), "does not let this login GET /user (403 Resource not accessible by integration)") || strings.Contains(err.Error(), "Contents") {
		t.Errorf("Login: %v", err)
	}
}
