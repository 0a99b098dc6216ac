package github

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

// Comments returns the comments on issues and pull requests of the repository.
//
// See https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository
func (f *Forge) Comments(ctx context.Context, repo string, since time.Time) ([]forge.Comment, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339))
	}
	var all []forge.Comment
	_, err = pages(ctx, f, "repos/"+repo+"/issues/comments", query, maxPages, func(c *api.IssueComment) {
		if out := comment(c); !out.At.Before(since) {
			all = append(all, out)
		}
	})
	if status(err) == http.StatusGone { // issues are switched off
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("comments of %s: %w", repo, err)
	}
	slices.SortStableFunc(all, func(a, b forge.Comment) int { return a.At.Compare(b.At) })
	return all, nil
}

func comment(c *api.IssueComment) forge.Comment {
	// An address without a number gives 0, which is no issue.
	n, _ := strconv.Atoi(path.Base(c.GetIssueURL()))
	return forge.Comment{ID: c.GetID(), Number: n, Author: c.GetUser().GetLogin(), Body: c.GetBody(), At: c.GetUpdatedAt().Time}
}

// MayWrite reports whether a user may write to the repository. Users who are not collaborators may not.
//
// See https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func (f *Forge) MayWrite(ctx context.Context, repo, user string) (bool, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return false, err
	}
	if user == "" {
		return false, nil
	}
	var level api.RepositoryPermissionLevel
	err = f.do(ctx, http.MethodGet, "repos/"+repo+"/collaborators/"+url.PathEscape(user)+"/permission", nil, &level)
	if errors.Is(err, forge.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("permission of %s in %s: %w", user, repo, err)
	}
	// GitHub reports the role maintain as write, and triage as read.
	return level.GetPermission() == "admin" || level.GetPermission() == "write", nil
}

// Say comments on a pull request or an issue, unless there already is a comment with the mark.
func (f *Forge) Say(ctx context.Context, repo string, number int, mark, text string) error {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return err
	}
	if err := f.say(ctx, repo, number, mark, text, true); err != nil {
		return fmt.Errorf("comment on %d of %s: %w", number, repo, err)
	}
	return nil
}

// say writes a comment. If before is true, it first looks for one with the mark.
//
// See https://docs.github.com/rest/issues/comments#create-an-issue-comment
func (f *Forge) say(ctx context.Context, repo string, number int, mark, text string, before bool) error {
	look := func() (struct{}, bool, error) {
		said, err := f.said(ctx, repo, number, mark)
		return struct{}{}, said, err
	}
	// A crash may have come after the comment was written and before that was remembered.
	if before {
		if _, said, err := look(); err != nil || said {
			return err
		}
	}
	// No answer contains NUL: GitHub accepts the same comment twice.
	_, err := once(ctx, f, "\x00", func() (struct{}, error) {
		in := map[string]string{"body": withMark(text, mark)}
		return struct{}{}, f.do(ctx, http.MethodPost, fmt.Sprintf("repos/%s/issues/%d/comments", repo, number), in, nil)
	}, look)
	return err
}

// said reports whether there is a comment with the mark.
func (f *Forge) said(ctx context.Context, repo string, number int, mark string) (bool, error) {
	said := false
	_, err := pages(ctx, f, fmt.Sprintf("repos/%s/issues/%d/comments", repo, number), url.Values{}, maxPages, func(c *api.IssueComment) {
		said = said || hasMark(c.GetBody(), mark)
	})
	return said, err
}

var plainMark = lazyregexp.New(`^[A-Za-z0-9._:/@ -]{1,100}$`)

// hidden returns the mark as an HTML comment. It replaces a mark that could end or break
// the comment by its hash.
func hidden(mark string) string {
	if inner, ok := strings.CutPrefix(mark, "<!--"); ok && strings.HasSuffix(inner, "-->") && strings.Count(inner, "-->") == 1 {
		return mark
	}
	if !plainMark.MatchString(mark) || strings.Contains(mark, "--") || strings.HasSuffix(mark, "-") {
		mark = fmt.Sprintf("%x", sha256.Sum256([]byte(mark)))[:32]
	}
	return "<!-- freshpin:said " + mark + " -->"
}

func hasMark(text, mark string) bool { return strings.Contains(text, hidden(mark)) }

// withMark returns the text with the hidden mark.
func withMark(text, mark string) string {
	if mark == "" || hasMark(text, mark) {
		return text
	}
	return strings.TrimRight(text, "\n") + "\n\n" + hidden(mark)
}
