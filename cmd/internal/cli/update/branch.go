package update

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/safewrite"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/gitbranch"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/plan"
)

// commit commits the updated files on the branch given with --branch.
func (u *command) commit(ctx context.Context, done *updated) (string, error) {
	if !wiring.InGit(done.root) {
		return "", console.Usagef("--branch needs a git repository, and %s is not one", done.root)
	}
	if !u.force { // a commit contains whole files, so uncommitted changes would go along
		if err := safewrite.Clean(ctx, done.root, done.tree.FS, paths(done.work.Files)); err != nil {
			return "", err
		}
	}
	name, email, err := safewrite.Identity(ctx, u.Getenv, done.root)
	if err != nil {
		return "", err
	}
	repository, err := gitbranch.Open(done.root)
	if err != nil {
		return "", err
	}
	at, err := repository.Head()
	if err != nil {
		return "", err
	}
	files, err := stored(done, at)
	if err != nil {
		return "", err
	}
	text, err := wording(done)
	if err != nil {
		return "", err
	}
	before, err := repository.Tip(u.branch)
	if err != nil {
		return "", err
	}
	head, err := repository.Commit(forge.Change{
		Branch: u.branch, Base: at.Branch, Parent: at.Commit, Tree: at.Tree, Files: files, Entries: at.Files,
		Message: text, Fingerprint: fingerprint(done.work), Force: u.force,
	}, gitbranch.Author{Name: name, Email: email})
	if errors.Is(err, forge.ErrTouched) {
		return "", fmt.Errorf("branch %s holds commits of another author; --force discards them", u.branch)
	}
	if err != nil {
		return "", err
	}
	return u.committed(done, head, head != before), nil
}

// committed says what was committed.
func (u *command) committed(done *updated, head string, isNew bool) string {
	did := "already on branch %s as %s."
	if isNew {
		did = "committed on branch %s as %s."
	}
	return fmt.Sprintf("%s in %s, "+did, plan.Count(len(done.work.Made), "update"), plan.Count(len(done.work.Files), "file"), u.branch, head[:10])
}

// stored returns the files as git stores them, with the line ends of the index. It
// fails if another filter of gitattributes(5) applies, because filters are programs
// of the repository and are never run.
func stored(done *updated, at *forge.Checkout) ([]ecosystems.FileChange, error) {
	var files []ecosystems.FileChange
	for _, f := range done.work.Files {
		here, err := fs.ReadFile(done.tree.FS, f.Path)
		there, errThere := fs.ReadFile(at.FS, f.Path)
		if !f.Delete && err == nil && errThere == nil && !bytes.Equal(here, there) {
			if !bytes.Equal(safewrite.UnixLines(here), there) {
				return nil, fmt.Errorf("%s: git stores this file in another form (a .gitattributes filter), which --branch does not support; update without --branch writes the file", f.Path)
			}
			f.Data = safewrite.UnixLines(f.Data)
		}
		files = append(files, f)
	}
	return files, nil
}

// fingerprint hashes the paths and contents of files, so that an equal commit is recognised.
func fingerprint(w *edit.Work) string {
	h := sha256.New()
	for _, f := range w.Files {
		fmt.Fprintf(h, "%q %t %d\n", f.Path, f.Delete, len(f.Data))
		h.Write(f.Data)
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:20]
}

// wording returns the commit message.
func wording(done *updated) (string, error) {
	p := message.Pull{Repo: filepath.Base(done.root), Group: "all", Style: "plain", Files: paths(done.work.Files)}
	groups := map[string]bool{}
	for n := range done.work.Made {
		i := &done.work.Made[n]
		p.Updates = append(p.Updates, row(i))
		p.Group = i.Dependency.Ecosystem
		groups[p.Group] = true
		if s := i.Policy.Proposal.Style; s != "" {
			p.Style = s
		}
	}
	if len(groups) > 1 {
		p.Group = "all"
	}
	for _, d := range done.work.Dragged {
		p.Updates = append(p.Updates, message.Update{
			Ecosystem: d.Dependency.Ecosystem, Name: d.Dependency.Name, Package: d.Dependency.Package.Name,
			File: d.File, Line: d.Line, From: d.From, To: d.To, Band: d.Band, Dragged: true,
		})
	}
	if len(p.Updates) == 0 { // only an incomplete go.sum was completed
		return "Complete what go.mod requires\n", nil
	}
	words, err := message.New(nil)
	if err != nil {
		return "", err
	}
	text, err := words.Pull(p)
	return text.Commit, err
}

func row(i *plan.Item) message.Update {
	d := i.Dependency
	return message.Update{
		ID: i.ID, Ecosystem: d.Ecosystem, Name: d.Name, Package: d.Package.Name, File: i.File, Line: i.Line,
		From: i.Current, To: i.Target.Version.Text, OldDigest: d.Pin.Digest, NewDigest: i.Target.Digest,
		Band: i.Band, Release: i.ReleaseLine,
	}
}
