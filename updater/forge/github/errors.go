package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge"
)

// A failure is an error answer.
type failure struct {
	method, path string
	status       int
	message      string // GitHub's
}

// Error returns the request and the answer.
func (f *failure) Error() string {
	return fmt.Sprintf("%s %s: %d %s", f.method, f.path, f.status, f.message)
}

// Is reports whether target is forge.ErrNotFound and the status is 404.
func (f *failure) Is(target error) bool {
	return target == forge.ErrNotFound && f.status == http.StatusNotFound
}

// status returns the HTTP status of a failure; 0 for other errors.
func status(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// says reports whether err is a failure with that status whose message contains the words.
func says(err error, code int, words string) bool {
	var f *failure
	return errors.As(err, &f) && f.status == code && strings.Contains(strings.ToLower(f.message), strings.ToLower(words))
}

// doubtful reports whether a failed request may have had its effect.
func doubtful(ctx context.Context, err error) bool {
	var refused *forge.Denied
	if err == nil || ctx.Err() != nil || errors.As(err, &refused) {
		return false
	}
	// Without an answer (0) the request may have been executed all the same.
	code := status(err)
	return code == 0 || code >= 500
}

// explain converts an error of go-github.
func explain(ctx context.Context, req *http.Request, err error) error {
	if err == nil {
		return nil
	}
	repo := callOf(ctx).repo
	var limit *fetch.Exhausted
	if errors.As(err, &limit) {
		return &forge.Denied{Repo: repo, Code: forge.RateLimited, Reason: "GitHub's" + strings.TrimPrefix(limit.Error(), "the")}
	}
	var refused *forge.Denied
	if errors.As(err, &refused) {
		return refused
	}
	var failed *fetch.Error
	if errors.As(err, &failed) && failed.Status != 0 {
		return &failure{method: req.Method, path: req.URL.Path, status: failed.Status, message: reason(failed)}
	}
	var answer *api.ErrorResponse
	if !errors.As(err, &answer) || answer.Response == nil {
		return fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, ended(ctx, bare(err)))
	}
	f := &failure{method: req.Method, path: req.URL.Path, status: answer.Response.StatusCode, message: message(answer)}
	if r := refusal(repo, f); r != nil {
		return r
	}
	return f
}

// reason returns why a request failed, without its address.
func reason(e *fetch.Error) string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return http.StatusText(e.Status)
}

// bare removes the address from an error, because the caller adds it and addresses can contain secrets.
func bare(err error) error {
	var failed *fetch.Error
	if errors.As(err, &failed) && failed.Err != nil {
		return failed.Err
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// ended returns the cause of the context if its end is the error.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return cause
	}
	return err
}

// message returns GitHub's message in one line.
func message(r *api.ErrorResponse) string {
	parts := []string{r.Message}
	for _, e := range r.Errors {
		if e.Message != "" {
			parts = append(parts, e.Message)
		} else if e.Field != "" {
			parts = append(parts, e.Field+" "+e.Code)
		}
	}
	text := strings.Join(strings.Fields(strings.Join(parts, ": ")), " ")
	if text == "" {
		text = http.StatusText(r.Response.StatusCode)
	}
	return clip(text, 500)
}

// clip shortens an untrusted text.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// refusal returns a Denied for an answer after which nothing can be done in the repository, nil for others.
func refusal(repo string, f *failure) *forge.Denied {
	no := func(code, format string, args ...any) *forge.Denied {
		return &forge.Denied{Repo: repo, Code: code, Reason: fmt.Sprintf(format, args...)}
	}
	text := strings.ToLower(f.message)
	has := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case f.status == http.StatusUnauthorized:
		return no(forge.NoPermission, "GitHub does not accept the token or key: it is wrong, expired or revoked, or this machine's clock is wrong (%s)", f.message)
	case has("archived") && f.status == http.StatusForbidden:
		return no(forge.Archived, "%s is archived, so nothing can be proposed", repo)
	case f.status == http.StatusUnavailableForLegalReasons, has("access blocked"), has("repository is disabled"), has("repository has been disabled"):
		return no(forge.Disabled, "%s is disabled by GitHub (%s)", repo, f.message)
	case f.status == http.StatusConflict && has("empty"):
		return no(forge.Empty, "%s has no commits yet", repo)
	case protected(f, text):
		return no(forge.Protected, "a rule of %s does not let Freshpin write %s (%s)", repo, what(f.path), f.message)
	// GitHub answers 404 to a write for which the login lacks permission.
	case f.status == http.StatusForbidden, f.status == http.StatusNotFound && f.method == http.MethodPost && strings.Contains(f.path, "/repos/"):
		return no(forge.NoPermission, "%s", forbidden(repo, f, text))
	// GitHub answers 422 here to the token of an OAuth App, not 403.
	case has("without `workflow"):
		return no(forge.NoPermission, "%s", forbidden(repo, f, text))
	}
	return nil
}

// protected reports whether a branch rule has refused the request.
func protected(f *failure, text string) bool {
	if f.status != http.StatusUnprocessableEntity && f.status != http.StatusForbidden && f.status != http.StatusConflict {
		return false
	}
	for _, words := range []string{"repository rule violation", "protected branch", "protected ref", "branch is protected", "push declined due to", "ref name rule"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// what returns the subject of a request for messages.
func what(path string) string {
	switch {
	case strings.Contains(path, "/pulls"):
		return "pull requests"
	case strings.Contains(path, "/issues"):
		return "issues"
	}
	return "branches"
}

// forbidden returns which permission is missing and how to grant it.
func forbidden(repo string, f *failure, text string) string {
	switch {
	case strings.Contains(text, "not permitted to create or approve"):
		return fmt.Sprintf("GitHub Actions may not open pull requests in %s: tick \"Allow GitHub Actions to create and approve pull requests\" in the settings (Actions, General)", repo)
	case strings.Contains(text, "workflow") && strings.Contains(text, "without"):
		return fmt.Sprintf("the token may not change files in .github/workflows of %s: it needs the permission \"Workflows: write\"", repo)
	case strings.Contains(text, "sso") || strings.Contains(text, "saml") || strings.Contains(text, "ip allow list"):
		return fmt.Sprintf("the organization of %s does not let the token in (%s)", repo, f.message)
	}
	if strings.Contains(f.path, "/app/") {
		return fmt.Sprintf("GitHub gives the App no token for %s (%d %s)", repo, f.status, f.message)
	}
	if repo == "" {
		return fmt.Sprintf("GitHub does not let this login %s %s (%d %s)", f.method, f.path, f.status, f.message)
	}
	need, key, verb := "Contents", "contents", "write"
	switch {
	case strings.Contains(f.path, "/pulls"):
		need, key = "Pull requests", "pull-requests"
	case strings.Contains(f.path, "/issues"):
		need, key = "Issues", "issues"
	}
	if f.method == http.MethodGet {
		verb = "read"
	}
	return fmt.Sprintf("the token may not %s %s of %s: it needs the permission \"%s: %s\" (in a workflow, \"%s: %s\" below permissions:) (%d %s)",
		verb, what(f.path), repo, need, verb, key, verb, f.status, f.message)
}
