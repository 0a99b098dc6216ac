package github

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// TestHostileBranch: a branch that does not say which tree its commit has is
// asked with one more read (npm emulate answers so); what says nonsense is refused.
func TestHostileBranch(t *testing.T) {
	sha := strings.Repeat("c", 40)
	items, root := withFolders([]gittree.Item{{Path: "Dockerfile", Mode: "100644", Hash: gittree.BlobHash([]byte("FROM x\n")), Size: 7}})
	whole := fmt.Sprintf(`{"sha":%q,"tree":{"sha":%q}}`, sha, root)
	for name, c := range map[string]struct {
		branch, commit string
		reads          int // 0 for an error
	}{
		"whole":           {fmt.Sprintf(`{"commit":{"sha":%q,"commit":%s}}`, sha, whole), "", 3},
		"no tree":         {fmt.Sprintf(`{"commit":{"sha":%q,"url":"x"}}`, sha), whole, 4},
		"empty tree":      {fmt.Sprintf(`{"commit":{"sha":%q,"commit":{"tree":{"sha":""}}}}`, sha), whole, 4},
		"null tree":       {fmt.Sprintf(`{"commit":{"sha":%q,"commit":{"tree":null}}}`, sha), whole, 4},
		"tree of letters": {fmt.Sprintf(`{"commit":{"sha":%q,"commit":{"tree":{"sha":"../../../x"}}}}`, sha), whole, 4},
		"no tree twice":   {fmt.Sprintf(`{"commit":{"sha":%q}}`, sha), `{}`, 0},
		"path as tree":    {fmt.Sprintf(`{"commit":{"sha":%q}}`, sha), `{"tree":{"sha":"../../user"}}`, 0},
		"path as commit":  {`{"commit":{"sha":"../../../user"}}`, whole, 0},
		"no commit":       {`{}`, whole, 0},
		"a list":          {`[]`, whole, 0},
		"deep":            {strings.Repeat(`{"commit":`, 20_000), whole, 0},
		"no JSON":         {`<html>`, whole, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]answer{
				"GET /repos/acme/shop":                    {{body: fmt.Sprintf(repoBody, "")}},
				"GET /repos/acme/shop/branches/main":      {{body: c.branch}},
				"GET /repos/acme/shop/git/commits/" + sha: {{body: c.commit}},
				"GET /repos/acme/shop/git/trees/" + root:  {treeAnswer(root, items, false)},
			})
			hub, _, _ := testForge(t, f.URL, nil)
			checkout, err := hub.Open(t.Context(), "acme/shop")
			if (err == nil) != (c.reads > 0) {
				t.Fatalf("%v, after %q", err, f.requests())
			}
			if err != nil {
				for _, r := range f.requests() {
					if strings.Contains(r, "..") || strings.Contains(r, "/user") {
						t.Errorf("it asked for %s", r)
					}
				}
				return
			}
			if n := len(f.requests()); n != c.reads || checkout.Tree != root {
				t.Errorf("%d reads, tree %s, want %d and %s: %q", n, checkout.Tree, c.reads, root, f.requests())
			}
		})
	}
}

// TestHostileCommentList: a repository without comments has none, which is not
// the same as one that does not answer.
func TestHostileCommentList(t *testing.T) {
	for status, want := range map[int]error{200: nil, 410: nil, 404: forge.ErrNotFound} {
		f := newFake(t, map[string][]answer{"GET /repos/acme/shop/issues/comments": {{status: status, body: map[bool]string{true: "[]", false: `{"message":"no"}`}[status == 200]}}})
		hub, _, _ := testForge(t, f.URL, nil)
		list, err := hub.Comments(context.Background(), "acme/shop", time.Time{})
		if !errors.Is(err, want) || len(list) != 0 {
			t.Errorf("%d: %v, %v", status, list, err)
		}
	}
}
