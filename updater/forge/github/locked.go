package github

import (
	"context"
	"strings"
)

// workflowFiles begins the paths of files that run with a repository's secrets:
// to change them takes a permission of its own.
//
// See https://docs.github.com/rest/authentication/permissions-required-for-github-apps#repository-permissions-for-workflows
const workflowFiles = ".github/workflows/"

// Locked returns the files that this login may not change, and a sentence that
// says why and what would help. Nothing is asked where no workflow is among
// them. What GitHub does not tell, of a token of fine grain, the first write
// finds out.
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

// workflowsRefused says why workflows cannot be changed with this login; "" where they can, or where that is not told.
func (f *Forge) workflowsRefused(ctx context.Context, repo string) (string, error) {
	if f.app != nil {
		if rights := f.app.permissions(ctx, owner(repo)); rights != nil && rights.GetWorkflows() != "write" {
			return "the GitHub App may not change files in " + workflowFiles + ": give it the permission \"Workflows: write\", and accept that where it is installed", nil
		}
		return "", nil
	}
	if !strings.HasPrefix(f.token, "ghs_") {
		return f.scopeRefused(), nil
	}
	login, err := f.whoami(ctx)
	if err != nil || login != workflowLogin {
		return "", err
	}
	return "a workflow's own GITHUB_TOKEN can never change files in " + workflowFiles + ": give Freshpin the token of a GitHub App with the permission \"Workflows: write\", or a personal access token with it", nil
}

// workflowLogin is whose the token of a workflow is.
const workflowLogin = "github-actions[bot]"

// scopeRefused looks at the scopes that GitHub told of a classic token in its last answer.
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
