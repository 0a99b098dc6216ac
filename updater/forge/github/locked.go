package github

import (
	"context"
	"strings"
)

// workflowFiles is the folder of workflows, which run with a repository's secrets.
// Changing them needs a separate permission.
//
// See https://docs.github.com/rest/authentication/permissions-required-for-github-apps#repository-permissions-for-workflows
const workflowFiles = ".github/workflows/"

// Locked returns the files that this login may not change, and a sentence with the
// reason and a remedy. Without workflows among the files it sends no request. For a
// fine-grained token GitHub does not report the permission, so only the first write
// can tell.
func (f *Forge) Locked(ctx context.Context, repo string, files []string) (locked []string, why string, err error) {
	for _, file := range files {
		if f.Guards(file) {
			locked = append(locked, file)
		}
	}
	if len(locked) == 0 {
		return nil, "", nil
	}
	if why, err = f.workflowsRefused(withCall(ctx, repo), repo); why == "" {
		return nil, "", err
	}
	return locked, why, err
}

// Guards reports whether a file is a workflow.
func (f *Forge) Guards(file string) bool { return strings.HasPrefix(file, workflowFiles) }

// workflowsRefused returns why workflows cannot be changed with this login; "" if they can or it is unknown.
func (f *Forge) workflowsRefused(ctx context.Context, repo string) (string, error) {
	if f.app != nil {
		if rights := f.app.permissions(ctx, owner(repo)); rights != nil && rights.GetWorkflows() != "write" {
			return "the GitHub App may not change files in " + workflowFiles + ": give it the permission \"Workflows: write\", and accept that where it is installed", nil
		}
		return "", nil
	}
	if !f.ofWorkflow() {
		return f.scopeRefused(), nil
	}
	// Tokens of an App's installation have the same prefix as those of workflows.
	login, err := f.whoami(ctx)
	if err != nil || login != workflowLogin {
		return "", err
	}
	return "a workflow's own GITHUB_TOKEN can never change files in " + workflowFiles + ": give Freshpin the token of a GitHub App with the permission \"Workflows: write\", or a personal access token with it", nil
}

// workflowLogin is the login of a workflow's token. Checks do not start for pull
// requests that it has opened (GitHub docs, "Automatic token authentication").
const workflowLogin = "github-actions[bot]"

// scopeRefused checks the scopes of a classic token in GitHub's last answer.
//
// See https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
func (f *Forge) scopeRefused() string {
	scopes := f.wire.scopes.Load()
	if scopes == nil {
		return ""
	}
	for scope := range strings.SplitSeq(*scopes, ",") {
		if strings.TrimSpace(scope) == "workflow" {
			return ""
		}
	}
	return "the token may not change files in " + workflowFiles + ": it lacks the scope \"workflow\""
}
