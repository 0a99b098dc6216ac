package github

import (
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		status       int
		message      string
		code, says   string // "" for an ordinary failure
	}{
		{"POST", "/repos/acme/shop/pulls", 403, "GitHub Actions is not permitted to create or approve pull requests.", "no-permission", "Allow GitHub Actions to create and approve pull requests"},
		{"POST", "/repos/acme/shop/pulls", 403, "Resource not accessible by integration", "no-permission", `"pull-requests: write" below permissions:`},
		{"POST", "/repos/acme/shop/git/refs", 403, "Resource not accessible by personal access token", "no-permission", `"Contents: write"`},
		{"POST", "/api/v3/repos/acme/shop/issues", 403, "Resource not accessible by integration", "no-permission", `"Issues: write"`},
		{"GET", "/repos/acme/shop/pulls", 403, "Resource not accessible by integration", "no-permission", `"Pull requests: read"`},
		{"POST", "/repos/acme/shop/git/trees", 404, "Not Found", "no-permission", `"Contents: write"`},
		{"PATCH", "/repos/acme/shop/git/refs/heads/x", 403, "Repository was archived so is read-only.", "archived", "acme/shop is archived"},
		{"GET", "/repos/acme/shop", 403, "Repository access blocked", "disabled", "disabled by GitHub"},
		{"GET", "/repos/acme/shop", 451, "Repository access blocked", "disabled", "disabled by GitHub"},
		{"POST", "/repos/acme/shop/git/refs", 422, "Repository rule violations found: Cannot create ref due to creations being restricted.", "protected", "a rule of acme/shop does not let Freshpin write branches"},
		{"PATCH", "/repos/acme/shop/git/refs/heads/freshpin/x", 422, "protected branch hook declined", "protected", "a rule of acme/shop"},
		{"POST", "/repos/acme/shop/git/refs", 403, "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission", "no-permission", `"Workflows: write"`},
		{"POST", "/repos/acme/shop/git/refs", 422, "refusing to allow an OAuth App to create or update workflow `x` without `workflow` scope", "no-permission", `"Workflows: write"`},
		{"GET", "/repos/acme/shop", 403, "Resource protected by organization SAML enforcement. You must grant your token access.", "no-permission", "organization"},
		{"POST", "/repos/acme/shop/git/refs", 422, "Reference already exists", "", ""},
		{"POST", "/repos/acme/shop/pulls", 422, "Validation Failed: A pull request already exists for acme:freshpin/x.", "", ""},
		{"PATCH", "/repos/acme/shop/git/refs/freshpin/state", 422, "Update is not a fast forward", "", ""},
		{"GET", "/repos/acme/shop/contents/state.json", 404, "Not Found", "", ""},
		{"POST", "/app/installations/9/access_tokens", 403, "This installation has been suspended", "no-permission", "gives the App no token"},
		{"POST", "/app/installations/9/access_tokens", 404, "Not Found", "", ""},
		{"GET", "/repos/acme/shop", 500, "Server Error", "", ""},
	} {
		f := &failure{method: tt.method, path: tt.path, status: tt.status, message: tt.message}
		got := refusal("acme/shop", f)
		if got == nil {
			if tt.code != "" {
				t.Errorf("%v is no refusal, want %s", f, tt.code)
			}
			continue
		}
		if got.Code != tt.code || !strings.Contains(got.Reason, tt.says) || strings.Contains(got.Reason, "\n") {
			t.Errorf("%v: %s %q, want %s %q", f, got.Code, got.Reason, tt.code, tt.says)
		}
	}
}
