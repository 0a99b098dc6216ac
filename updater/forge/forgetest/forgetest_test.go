package forgetest_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

// TestDescription says that the other tests are not held to the description, where it is so.
func TestDescription(t *testing.T) {
	if _, err := contract.Load(); errors.Is(err, contract.ErrMissing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// A branch goes the whole way: what the API made is what a clone holds, and
// git finds nothing wrong with it.
func TestClone(t *testing.T) {
	f := serve(t)
	commit := f.push("freshpin/all", map[string]string{"Dockerfile": "FROM python:3.6.15\n", "new/deep/file": "äöü\n"})
	if _, err := f.open("freshpin/all"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "clone")
	git(t, t.TempDir(), "clone", "-q", f.url+"/acme/shop.git", dir)
	git(t, dir, "checkout", "-q", "freshpin/all")
	if got := git(t, dir, "rev-parse", "HEAD"); got != commit {
		t.Errorf("HEAD is %s, want %s", got, commit)
	}
	git(t, dir, "fsck", "--strict")
	git(t, dir, "fetch", "-q", "origin", "refs/pull/1/head")
	for p, want := range map[string]string{"Dockerfile": "FROM python:3.6.15\n", "new/deep/file": "äöü\n", "a.b/x": "\x00\x01\xff", "a/x": ""} {
		if got, err := os.ReadFile(filepath.Join(dir, p)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", p, got, err)
		}
	}
	if got := git(t, dir, "ls-tree", "-r", "HEAD", "--format=%(objectmode) %(path)"); got != "100644 Dockerfile\n100644 a.b/x\n100644 a/x\n100755 bin/run\n120000 bin/start\n100644 new/deep/file\n100644 requirements.txt" {
		t.Errorf("modes:\n%s", got)
	}
	if diff, err := f.Diff("acme/shop", 1); err != nil || strings.TrimSpace(diff) != git(t, dir, "diff", "--full-index", "origin/main...HEAD") {
		t.Errorf("the diff is\n%s, %v", diff, err)
	}
}

// What the API calculates, git calculates: a tree made by git itself has the same name.
func TestTreesAsGit(t *testing.T) {
	f := serve(t)
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	for p, file := range shop {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(p)), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch file.Mode {
		case "120000":
			err = os.Symlink(string(file.Data), filepath.Join(dir, p))
		case "100755":
			err = os.WriteFile(filepath.Join(dir, p), file.Data, 0o755) //nolint:gosec // a script
		default:
			err = os.WriteFile(filepath.Join(dir, p), file.Data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "-A")
	want := git(t, dir, "write-tree")
	b := must[*api.Branch](t)(f.api.Repositories.GetBranch(t.Context(), "acme", "shop", "main", 0))
	if got := b.GetCommit().GetCommit().GetTree().GetSHA(); got != want {
		t.Errorf("the tree is %s, want %s", got, want)
	}
}

func TestTrees(t *testing.T) {
	f := serve(t)
	ctx, g := t.Context(), f.api.Git
	tree := must[*api.Tree](t)(g.GetTree(ctx, "acme", "shop", "main", true))
	if len(tree.Entries) != 9 || tree.GetTruncated() {
		t.Errorf("%d entries, truncated %t", len(tree.Entries), tree.GetTruncated())
	}
	f.Cut(4)
	tree = must[*api.Tree](t)(g.GetTree(ctx, "acme", "shop", "main", true))
	if len(tree.Entries) != 4 || !tree.GetTruncated() {
		t.Errorf("%d entries, truncated %t", len(tree.Entries), tree.GetTruncated())
	}
	gone := func(path string) []*api.TreeEntry {
		return []*api.TreeEntry{{Path: api.String(path), Mode: api.String("100644"), Type: api.String("blob")}}
	}
	less := must[*api.Tree](t)(g.CreateTree(ctx, "acme", "shop", tree.GetSHA(), gone("a.b/x")))
	if less = must[*api.Tree](t)(g.GetTree(ctx, "acme", "shop", less.GetSHA(), true)); len(less.Entries) != 4 || less.Entries[0].GetPath() != "Dockerfile" || less.Entries[1].GetPath() != "a" {
		t.Errorf("a folder without files is still there: %v", less)
	}
	_, _, err := g.CreateTree(ctx, "acme", "shop", tree.GetSHA(), gone("nothing"))
	wantStatus(t, err, 422, "BadObjectState")
	for path, entry := range map[string]*api.TreeEntry{
		"malformed": {Path: api.String("../x"), Mode: api.String("100644"), Content: api.String("")},
		"mode":      {Path: api.String("x"), Mode: api.String("100600"), Content: api.String("")},
		"not a":     {Path: api.String("x"), Mode: api.String("100644"), SHA: api.String(strings.Repeat("1", 40))},
	} {
		_, _, err := g.CreateTree(ctx, "acme", "shop", tree.GetSHA(), []*api.TreeEntry{entry})
		wantStatus(t, err, 422, path)
	}
	_, _, err = g.GetTree(ctx, "acme", "shop", strings.Repeat("1", 40), true)
	wantStatus(t, err, 404, "Not Found")
}

func TestBlobs(t *testing.T) {
	f := serve(t)
	ctx, g := t.Context(), f.api.Git
	data := []byte("\x00\xff" + strings.Repeat("bytes", 100))
	b := must[*api.Blob](t)(g.CreateBlob(ctx, "acme", "shop", &api.Blob{Content: api.String(base64.StdEncoding.EncodeToString(data)), Encoding: api.String("base64")}))
	raw, _, err := g.GetBlobRaw(ctx, "acme", "shop", b.GetSHA())
	if err != nil || string(raw) != string(data) {
		t.Errorf("raw: %q, %v", raw, err)
	}
	got := must[*api.Blob](t)(g.GetBlob(ctx, "acme", "shop", b.GetSHA()))
	if text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(got.GetContent(), "\n", "")); err != nil || string(text) != string(data) {
		t.Errorf("json: %q, %v", text, err)
	}
	file, _, _, err := f.api.Repositories.GetContents(ctx, "acme", "shop", "bin/run", nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := file.GetContent(); err != nil || text != "#!/bin/sh\n" {
		t.Errorf("contents: %q, %v", text, err)
	}
	link, _, err := f.api.Repositories.GetArchiveLink(ctx, "acme", "shop", api.Tarball, &api.RepositoryContentGetOptions{Ref: "main"}, 0)
	if err != nil || !strings.HasPrefix(link.String(), f.url) {
		t.Errorf("the archive is at %s, %v", link, err)
	}
}

func TestRefs(t *testing.T) {
	f := serve(t)
	ctx, g := t.Context(), f.api.Git
	commit := f.push("freshpin/all", map[string]string{"x": "1"})
	ref := func(name, at string) *api.Reference {
		return &api.Reference{Ref: api.String(name), Object: &api.GitObject{SHA: api.String(at)}}
	}
	_, _, err := g.CreateRef(ctx, "acme", "shop", ref("refs/heads/freshpin/all", commit))
	wantStatus(t, err, 422, "Reference already exists")
	_, _, err = g.CreateRef(ctx, "acme", "shop", ref("refs/heads/freshpin", commit))
	wantStatus(t, err, 422, "Reference")
	_, _, err = g.CreateRef(ctx, "acme", "shop", ref("refs/heads/x", strings.Repeat("1", 40)))
	wantStatus(t, err, 422, "Object does not exist")
	_, _, err = g.UpdateRef(ctx, "acme", "shop", ref("refs/heads/freshpin/all", f.head("main")), false)
	wantStatus(t, err, 422, "Update is not a fast forward")
	must[*api.Reference](t)(g.UpdateRef(ctx, "acme", "shop", ref("refs/heads/freshpin/all", f.head("main")), true))
	must[*api.Reference](t)(g.CreateRef(ctx, "acme", "shop", ref("refs/freshpin/state", commit)))
	if _, ok := f.Refs("acme/shop")["refs/freshpin/state"]; !ok || len(f.Heads("acme/shop")) != 2 {
		t.Errorf("refs: %v", f.Refs("acme/shop"))
	}
	if _, err := g.DeleteRef(ctx, "acme", "shop", "refs/heads/freshpin/all"); err != nil {
		t.Error(err)
	}
	_, err = g.DeleteRef(ctx, "acme", "shop", "refs/heads/freshpin/all")
	wantStatus(t, err, 422, "does not exist")
	_, _, err = g.GetRef(ctx, "acme", "shop", "refs/heads/freshpin/all")
	wantStatus(t, err, 404, "")
	refs := must[[]*api.Reference](t)(g.ListMatchingRefs(ctx, "acme", "shop", &api.ReferenceListOptions{Ref: "heads/"}))
	if len(refs) != 1 {
		t.Errorf("matching: %v", refs)
	}
}

func TestPullRequest(t *testing.T) {
	f := serve(t)
	ctx, p := t.Context(), f.api.PullRequests
	head := f.push("freshpin/all", map[string]string{"requirements.txt": "a==2\nb==1\nc==1\nd==1\ne==1\n"})
	pull, err := f.open("freshpin/all")
	if err != nil || pull.GetNumber() != 1 || !pull.GetMergeable() || pull.GetCommits() != 1 || pull.GetHead().GetSHA() != head {
		t.Fatalf("%v, %v", pull, err)
	}
	_, err = f.open("freshpin/all")
	wantStatus(t, err, 422, "A pull request already exists for acme:freshpin/all.")
	_, err = f.open("nothing")
	wantStatus(t, err, 422, "head")
	must[[]*api.Label](t)(f.api.Issues.AddLabelsToIssue(ctx, "acme", "shop", 1, []string{"deps", "deps"}))
	if err := f.Grant("acme/shop", "ada", "write"); err != nil {
		t.Fatal(err)
	}
	must[*api.PullRequest](t)(p.RequestReviewers(ctx, "acme", "shop", 1, api.ReviewersRequest{Reviewers: []string{"ada"}, TeamReviewers: []string{"core"}}))
	files := must[[]*api.CommitFile](t)(p.ListFiles(ctx, "acme", "shop", 1, nil))
	if len(files) != 1 || files[0].GetPatch() != "@@ -1,4 +1,4 @@\n-a==1\n+a==2\n b==1\n c==1\n d==1" {
		t.Errorf("files: %v", files)
	}
	got := f.Pulls("acme/shop")
	if len(got) != 1 || got[0].State != "open" || !slices.Equal(got[0].Labels, []string{"deps"}) || !slices.Equal(got[0].Reviewers, []string{"ada", "acme/core"}) || got[0].Author != "freshpin[bot]" {
		t.Errorf("%+v", got)
	}

	// Another line of the same file changes on the base: it can still be merged. The same line: it cannot.
	f.commit("main", map[string]string{"requirements.txt": "a==1\nb==1\nc==1\nd==1\ne==3\n"})
	if pull := must[*api.PullRequest](t)(p.Get(ctx, "acme", "shop", 1)); !pull.GetMergeable() || pull.GetMergeableState() != "clean" || pull.GetCommits() != 1 {
		t.Errorf("other line: %t %s", pull.GetMergeable(), pull.GetMergeableState())
	}
	f.commit("main", map[string]string{"requirements.txt": "a==7\nb==1\nc==1\nd==1\ne==3\n"})
	if pull := must[*api.PullRequest](t)(p.Get(ctx, "acme", "shop", 1)); pull.GetMergeable() || pull.GetMergeableState() != "dirty" {
		t.Errorf("same line: %t %s", pull.GetMergeable(), pull.GetMergeableState())
	}
	if err := f.Merge("acme/shop", 1); err == nil {
		t.Error("a conflict was merged")
	}
}

func TestLifeOfAPullRequest(t *testing.T) {
	f := serve(t)
	state := func(want ...string) {
		t.Helper()
		var got []string
		for _, p := range f.Pulls("acme/shop") {
			got = append(got, p.State)
		}
		if !slices.Equal(got, want) {
			t.Errorf("states %v, want %v", got, want)
		}
	}
	f.push("one", map[string]string{"one": "1\n"})
	f.push("two", map[string]string{"two": "2\n"})
	f.push("three", map[string]string{"three": "3\n"})
	for _, b := range []string{"one", "two", "three"} {
		if _, err := f.open(b); err != nil {
			t.Fatal(err)
		}
	}
	f.commit("one", map[string]string{"one": "11\n"})
	if err := f.Merge("acme/shop", 1); err != nil {
		t.Fatal(err)
	}
	state("merged", "open", "open")
	if p := f.Pulls("acme/shop")[0]; p.Commits != 2 {
		t.Errorf("%d commits", p.Commits)
	}
	if diff, err := f.Diff("acme/shop", 1); err != nil || !strings.Contains(diff, "+11\n") || strings.Contains(diff, "two") {
		t.Errorf("the diff of what is merged is %q, %v", diff, err)
	}
	if data, err := f.ReadFile("acme/shop", "main", "one"); err != nil || string(data) != "11\n" {
		t.Errorf("main holds %q, %v", data, err)
	}
	if err := f.DeleteRef("acme/shop", "refs/heads/two"); err != nil {
		t.Fatal(err)
	}
	state("merged", "closed", "open")
	if err := f.ReopenPull("acme/shop", 2); err == nil {
		t.Error("a pull request was opened again whose branch is gone")
	}
	if err := f.ClosePull("acme/shop", 3); err != nil {
		t.Fatal(err)
	}
	if err := f.ReopenPull("acme/shop", 3); err != nil {
		t.Fatal(err)
	}
	state("merged", "closed", "open")
	// A branch that is set back to its base has nothing to propose.
	must[*api.Reference](t)(f.api.Git.UpdateRef(t.Context(), "acme", "shop", &api.Reference{Ref: api.String("refs/heads/three"), Object: &api.GitObject{SHA: api.String(f.head("main"))}}, true))
	state("merged", "closed", "closed")
	// A base that already has what is proposed, by whatever way, has merged it.
	at := f.push("four", map[string]string{"four": "4\n"})
	if _, err := f.open("four"); err != nil {
		t.Fatal(err)
	}
	must[*api.Reference](t)(f.api.Git.UpdateRef(t.Context(), "acme", "shop", &api.Reference{Ref: api.String("refs/heads/main"), Object: &api.GitObject{SHA: &at}}, false))
	state("merged", "closed", "closed", "merged")
	_, err := f.open("three")
	wantStatus(t, err, 422, "No commits between main and three")
}

func TestIssues(t *testing.T) {
	f := serve(t)
	ctx, i := t.Context(), f.api.Issues
	issue := must[*api.Issue](t)(i.Create(ctx, "acme", "shop", &api.IssueRequest{Title: api.String("Dashboard"), Body: api.String("- [ ] a"), Labels: &[]string{"deps"}}))
	must[*api.IssueComment](t)(i.CreateComment(ctx, "acme", "shop", issue.GetNumber(), &api.IssueComment{Body: api.String("hello")}))
	if err := f.EditIssue("acme/shop", 1, func(b string) string { return strings.ReplaceAll(b, "[ ]", "[x]") }); err != nil {
		t.Fatal(err)
	}
	if err := f.Comment("acme/shop", 1, "ada", "/freshpin rebase"); err != nil {
		t.Fatal(err)
	}
	if err := f.CloseIssue("acme/shop", 1); err != nil {
		t.Fatal(err)
	}
	f.push("b", map[string]string{"x": "y"})
	if _, err := f.open("b"); err != nil {
		t.Fatal(err)
	}
	all := must[[]*api.Issue](t)(i.ListByRepo(ctx, "acme", "shop", &api.IssueListByRepoOptions{State: "all", Creator: "freshpin[bot]"}))
	if len(all) != 2 || !all[0].IsPullRequest() || all[1].GetBody() != "- [x] a" || all[1].GetComments() != 2 {
		t.Errorf("%v", all)
	}
	comments := must[[]*api.IssueComment](t)(i.ListComments(ctx, "acme", "shop", 0, &api.IssueListCommentsOptions{ListOptions: api.ListOptions{PerPage: 1, Page: 2}}))
	if len(comments) != 1 || comments[0].GetUser().GetLogin() != "ada" || !strings.HasSuffix(comments[0].GetIssueURL(), "/issues/1") {
		t.Errorf("%v", comments)
	}
	after := f.Clock().Add(time.Second)
	if late := must[[]*api.IssueComment](t)(i.ListComments(ctx, "acme", "shop", 0, &api.IssueListCommentsOptions{Since: &after})); len(late) != 0 {
		t.Errorf("since: %v", late)
	}
	f.add("acme/quiet", forgetest.Options{NoIssues: true})
	_, _, err := i.Create(ctx, "acme", "quiet", &api.IssueRequest{Title: api.String("x")})
	wantStatus(t, err, 410, "disabled")
}
