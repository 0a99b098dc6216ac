package forgetest_test

import (
	"net/http"
	"testing"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// TestChecks starts checks for pull requests, unless a workflow's token opened them.
func TestChecks(t *testing.T) {
	f, ctx := serve(t), t.Context()
	if err := f.Set("acme/shop", func(o *forgetest.Options) { o.Checks = []string{"build", "test"} }); err != nil {
		t.Fatal(err)
	}
	f.Token("ghs_workflow", "", true)
	sha := f.push("freshpin/one", map[string]string{"Dockerfile": "FROM python:3.6.2\n"})
	if got := f.Checks("acme/shop", "freshpin/one"); len(got) != 0 {
		t.Errorf("without a pull request: %v", got)
	}
	if _, err := f.open("freshpin/one"); err != nil {
		t.Fatal(err)
	}
	runs := must[*api.ListCheckRunsResults](t)(f.api.Checks.ListCheckRunsForRef(ctx, "acme", "shop", "freshpin/one", nil))
	if runs.GetTotal() != 2 || runs.CheckRuns[0].GetStatus() != "queued" || runs.CheckRuns[0].Conclusion != nil || runs.CheckRuns[0].PullRequests[0].GetNumber() != 1 {
		t.Errorf("runs: %v", runs.CheckRuns)
	}
	for check, conclusion := range map[string]string{"build": "success", "test": "failure", "license": "neutral"} {
		if err := f.Check("acme/shop", "freshpin/one", check, conclusion); err != nil {
			t.Fatal(err)
		}
	}
	runs = must[*api.ListCheckRunsResults](t)(f.api.Checks.ListCheckRunsForRef(ctx, "acme", "shop", sha, &api.ListCheckRunsOptions{CheckName: api.String("test"), Status: api.String("completed")}))
	if runs.GetTotal() != 1 || runs.CheckRuns[0].GetConclusion() != "failure" || runs.CheckRuns[0].CompletedAt == nil {
		t.Errorf("runs: %v", runs.CheckRuns)
	}
	suites := must[*api.ListCheckSuiteResults](t)(f.api.Checks.ListCheckSuitesForRef(ctx, "acme", "shop", sha, nil))
	if suites.GetTotal() != 1 || suites.CheckSuites[0].GetStatus() != "completed" || suites.CheckSuites[0].GetHeadBranch() != "freshpin/one" {
		t.Errorf("suites: %v", suites.CheckSuites)
	}

	f.push("freshpin/two", map[string]string{"a/x": "2"})
	workflow := client(t, f.url, "ghs_workflow")
	must[*api.PullRequest](t)(workflow.PullRequests.Create(ctx, "acme", "shop", &api.NewPullRequest{
		Title: api.String("Two"), Head: api.String("freshpin/two"), Base: api.String("main"),
	}))
	if got := f.Checks("acme/shop", "freshpin/two"); len(got) != 0 {
		t.Errorf("opened by a workflow: %v", got)
	}
	suites = must[*api.ListCheckSuiteResults](t)(f.api.Checks.ListCheckSuitesForRef(ctx, "acme", "shop", "freshpin/two", nil))
	if suites.GetTotal() != 0 {
		t.Errorf("suites: %v", suites.CheckSuites)
	}
	f.commit("freshpin/two", map[string]string{"a/x": "3"}) // a person pushes, and they start
	if got := f.Checks("acme/shop", "freshpin/two"); len(got) != 2 {
		t.Errorf("pushed to by a person: %v", got)
	}
}

func TestCompare(t *testing.T) {
	f, ctx := serve(t), t.Context()
	base := f.head("main")
	f.push("freshpin/one", map[string]string{"Dockerfile": "FROM python:3.6.2\n"})
	for _, test := range []struct {
		from, to, status     string
		ahead, behind, files int
	}{
		{"main", "main", "identical", 0, 0, 0},
		{"main", "acme:freshpin/one", "ahead", 1, 0, 1},
		{"freshpin/one", "main", "behind", 0, 1, 0},
		{base, "freshpin/one", "ahead", 1, 0, 1},
	} {
		got := must[*api.CommitsComparison](t)(f.api.Repositories.CompareCommits(ctx, "acme", "shop", test.from, test.to, nil))
		if got.GetStatus() != test.status || got.GetAheadBy() != test.ahead || got.GetBehindBy() != test.behind || len(got.Files) != test.files || len(got.Commits) != test.ahead {
			t.Errorf("%s...%s: %s", test.from, test.to, got)
		}
	}
	f.commit("main", map[string]string{"a/x": "1"})
	got := must[*api.CommitsComparison](t)(f.api.Repositories.CompareCommits(ctx, "acme", "shop", "main", "freshpin/one", nil))
	if got.GetStatus() != "diverged" || got.GetMergeBaseCommit().GetSHA() != base || len(got.Files) != 1 {
		t.Errorf("diverged: %s", got)
	}
	_, _, err := f.api.Repositories.CompareCommits(ctx, "acme", "shop", "main", "nowhere", nil)
	wantStatus(t, err, http.StatusNotFound, "")
}

func TestReactions(t *testing.T) {
	f, ctx := serve(t), t.Context()
	must[*api.Issue](t)(f.api.Issues.Create(ctx, "acme", "shop", &api.IssueRequest{Title: api.String("x")}))
	comment := must[*api.IssueComment](t)(f.api.Issues.CreateComment(ctx, "acme", "shop", 1, &api.IssueComment{Body: api.String("/freshpin rebase")}))
	one := must[*api.Reaction](t)(f.api.Reactions.CreateIssueCommentReaction(ctx, "acme", "shop", comment.GetID(), "eyes"))
	two, response, err := f.api.Reactions.CreateIssueCommentReaction(ctx, "acme", "shop", comment.GetID(), "eyes")
	if err != nil || response.StatusCode != http.StatusOK || two.GetID() != one.GetID() {
		t.Errorf("the same again: %v, %v, %v", two, response, err)
	}
	_, _, err = f.api.Reactions.CreateIssueCommentReaction(ctx, "acme", "shop", comment.GetID(), "shrug")
	wantStatus(t, err, http.StatusUnprocessableEntity, "")
}
