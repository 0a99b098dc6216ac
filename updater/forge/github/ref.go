package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// branchName reports whether a name is valid for a git branch and has our prefix.
//
// See https://git-scm.com/docs/git-check-ref-format
func branchName(name string) bool {
	rest, ok := strings.CutPrefix(name, forge.Prefix)
	if !ok || len(name) > 200 || !utf8.ValidString(name) || strings.Contains(name, "..") || strings.Contains(name, "@{") {
		return false
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }) {
		return false
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part[0] == '.' || part[len(part)-1] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}

// ref returns the commit of a ref such as "heads/main", "" if it does not exist.
//
// See https://docs.github.com/rest/git/refs#get-a-reference
func (f *Forge) ref(ctx context.Context, repo, ref string) (string, error) {
	var r api.Reference
	err := f.do(ctx, http.MethodGet, "repos/"+repo+"/git/ref/"+escape(ref), nil, &r)
	if errors.Is(err, forge.ErrNotFound) {
		return "", nil
	}
	if err == nil && (r.GetRef() != "refs/"+ref || !gittree.IsHash(r.GetObject().GetSHA())) {
		err = fmt.Errorf("the answer for %s is about %q", ref, clip(r.GetRef(), 100))
	}
	return r.GetObject().GetSHA(), err
}

// newRef creates a ref and returns its commit, which is another one if someone else has
// created the ref first.
//
// See https://docs.github.com/rest/git/refs#create-a-reference
func (f *Forge) newRef(ctx context.Context, repo, ref, commit string) (string, error) {
	at, _, err := f.makeRef(ctx, repo, ref, commit)
	return at, err
}

// makeRef is newRef, and reports whether this call has created the ref. A ref that was
// found may be old, even if it has the same commit.
func (f *Forge) makeRef(ctx context.Context, repo, ref, commit string) (at string, made bool, err error) {
	send := func() (string, error) {
		in := map[string]string{"ref": "refs/" + ref, "sha": commit}
		err := f.do(ctx, http.MethodPost, "repos/"+repo+"/git/refs", in, nil)
		made = err == nil
		return commit, err
	}
	look := func() (string, bool, error) {
		at, err := f.ref(ctx, repo, ref)
		return at, at != "", err
	}
	at, err = once(ctx, f, "already exists", send, look)
	return at, made, err
}

// tries is the most attempts of once.
const tries = 4

// once sends a request that is not idempotent. After an ambiguous answer (none, 5xx), or
// an answer that the object already exists, it looks for the object, and sends the
// request again if there is none.
func once[T any](ctx context.Context, f *Forge, exists string, send func() (T, error), look func() (T, bool, error)) (T, error) {
	for failed := 1; ; failed++ {
		v, err := send()
		there := says(err, http.StatusUnprocessableEntity, exists)
		if err == nil || !there && !doubtful(ctx, err) {
			return v, err
		}
		if !there {
			if f.wire.http.Wait(ctx, failed-1) != nil {
				return v, cmp.Or(ctx.Err(), err)
			}
		}
		found, ok, lookErr := look()
		if lookErr != nil || ok {
			return found, lookErr
		}
		// It exists and cannot be found, so the same request would fail again.
		if there || failed == tries {
			return v, err
		}
	}
}

// create creates the branch. If it already exists, its commit decides.
func (p *publisher) create(ctx context.Context, head string) (string, bool, error) {
	at, made, err := p.makeRef(ctx, p.repo, "heads/"+p.Branch, head)
	if err != nil || at == head {
		return head, made, err
	}
	if was, err := p.settled(ctx, at); was != "" || err != nil {
		return was, false, err
	}
	return head, false, p.move(ctx, at, head)
}

// move moves the branch after a last check that it has not moved, since GitHub has no
// compare-and-set.
//
// See https://docs.github.com/rest/git/refs#update-a-reference
func (p *publisher) move(ctx context.Context, from, to string) error {
	at, err := p.ref(ctx, p.repo, "heads/"+p.Branch)
	if err != nil {
		return err
	}
	if at != from && at != to && !p.Force {
		return forge.ErrTouched
	}
	// The new commit replaces the old one, so this is no fast forward.
	in := map[string]any{"sha": to, "force": true}
	return p.do(ctx, http.MethodPatch, p.path("git/refs/heads/%s", escape(p.Branch)), in, nil)
}
