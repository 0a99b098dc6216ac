package forgetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Pull is a snapshot of a pull request.
type Pull struct {
	Number    int
	State     string // "open", "closed", "merged"
	Branch    string
	Base      string
	Head      string // commit
	Title     string
	Body      string
	Author    string
	Commits   int
	Labels    []string
	Reviewers []string // logins, and "org/team"
	Assignees []string
	Mergeable bool // has no conflict
	AutoMerge bool // GitHub will merge it when its checks pass
	Draft     bool
}

// An Issue is a snapshot of an issue.
type Issue struct {
	Number int
	State  string // "open", "closed"
	Title  string
	Body   string
	Author string
	Labels []string
}

// A Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Number int
	Author string
	Body   string
}

// Commit commits on a branch, like a push by a person. It deletes a file whose Data
// is nil, and creates a missing branch from the default branch. The author is a
// login or "Ada <ada@example.com>"; "" means the owner.
func (s *Server) Commit(name, branch string, files map[string]File, author string) (sha string, err error) {
	err = s.with(name, func(r *repo) error {
		if author == "" {
			author = owner(r.name)
		}
		hash, err := r.commitFiles(branch, files, author, "Change "+paths(files))
		sha = hash.String()
		return err
	})
	return sha, err
}

func paths(files map[string]File) string {
	return strings.Join(slices.Sorted(maps.Keys(files)), ", ")
}

// Merge merges a pull request, as the owner, with a merge commit.
func (s *Server) Merge(name string, number int) error {
	return s.withItem(name, number, true, func(r *repo, i *item) error { return r.mergePull(i, owner(r.name)) })
}

// Propose opens a pull request for an existing branch, as author. base "" means the
// default branch.
func (s *Server) Propose(name, branch, base, title, body, author string) error {
	return s.with(name, func(r *repo) error {
		if base == "" {
			base = r.Branch
		}
		_, err := r.newPull(branch, base, title, body, author, false)
		return err
	})
}

// DeleteBranch deletes a branch, as the owner, which closes the pull requests from and into it.
func (s *Server) DeleteBranch(name, branch string) error {
	return s.with(name, func(r *repo) error { return r.dropRef("refs/heads/"+branch, owner(r.name)) })
}

// ClosePull closes a pull request without merging it, as the owner.
func (s *Server) ClosePull(name string, number int) error {
	return s.withItem(name, number, true, func(r *repo, i *item) error {
		r.setState(i, "closed", owner(r.name))
		return nil
	})
}

// ReopenPull reopens a pull request, as the owner.
func (s *Server) ReopenPull(name string, number int) error {
	return s.withItem(name, number, true, func(r *repo, i *item) error {
		if why := r.reopen(i, owner(r.name)); why != "" {
			return fmt.Errorf("%s#%d: %s", name, number, why)
		}
		return nil
	})
}

// CloseIssue closes an issue, as the owner.
func (s *Server) CloseIssue(name string, number int) error {
	return s.withItem(name, number, false, func(r *repo, i *item) error {
		r.setState(i, "closed", owner(r.name))
		return nil
	})
}

// Comment comments on an issue or a pull request.
func (s *Server) Comment(name string, number int, user, body string) error {
	return s.with(name, func(r *repo) error {
		i := r.item(number)
		if i == nil {
			return fmt.Errorf("%s has no issue %d", name, number)
		}
		r.addComment(i, user, body)
		return nil
	})
}

// EditIssue changes the body of an issue or a pull request, like a user who ticks a box.
func (s *Server) EditIssue(name string, number int, change func(body string) string) error {
	return s.with(name, func(r *repo) error {
		i := r.item(number)
		if i == nil {
			return fmt.Errorf("%s has no issue %d", name, number)
		}
		i.body, i.changed = change(i.body), s.now()
		return nil
	})
}

func (s *Server) withItem(name string, number int, pull bool, f func(*repo, *item) error) error {
	return s.with(name, func(r *repo) error {
		i := r.item(number)
		if i == nil || (i.pull != nil) != pull {
			return fmt.Errorf("%s has no such issue or pull request: %d", name, number)
		}
		return f(r, i)
	})
}

// Pulls returns the pull requests sorted by number; nil if the repository does not exist.
func (s *Server) Pulls(name string) (all []Pull) {
	_ = s.with(name, func(r *repo) error {
		for _, i := range r.items {
			if i.pull != nil {
				all = append(all, r.snapshot(i))
			}
		}
		return nil
	})
	return all
}

func (r *repo) snapshot(i *item) Pull {
	p := Pull{
		Number: i.number, State: i.state, Branch: i.pull.branch, Base: i.pull.base, Head: i.pull.head.String(), Title: i.title,
		Body: i.body, Author: i.author, Labels: i.labelNames(), AutoMerge: i.pull.method != "", Draft: i.pull.draft,
	}
	p.Assignees = append(p.Assignees, i.assignees...)
	p.Reviewers = append(p.Reviewers, i.pull.reviewers...)
	for _, t := range i.pull.teams {
		p.Reviewers = append(p.Reviewers, owner(r.name)+"/"+t)
	}
	if !i.pull.merged.IsZero() {
		p.State = "merged"
	}
	if commits, err := r.pullCommits(i.pull); err == nil {
		p.Commits = len(commits)
	}
	if _, conflicts, err := r.tryMerge(i.pull); err == nil && i.state == "open" {
		p.Mergeable = len(conflicts) == 0
	}
	return p
}

func (i *item) labelNames() []string {
	var names []string
	for _, l := range i.labels {
		names = append(names, l.name)
	}
	return names
}

// Issues returns the issues that are not pull requests, sorted by number.
func (s *Server) Issues(name string) (all []Issue) {
	// It fails only for an unknown repository, which has no issues.
	_ = s.with(name, func(r *repo) error {
		for _, i := range r.items {
			if i.pull == nil {
				all = append(all, Issue{Number: i.number, State: i.state, Title: i.title, Body: i.body, Author: i.author, Labels: i.labelNames()})
			}
		}
		return nil
	})
	return all
}

// Comments returns the comments on an issue or a pull request, oldest first; all of the repository if number is 0.
func (s *Server) Comments(name string, number int) (all []Comment) {
	// It fails only for an unknown repository, which has no comments.
	_ = s.with(name, func(r *repo) error {
		for _, c := range r.comments {
			if number == 0 || c.number == number {
				all = append(all, Comment{ID: c.id, Number: c.number, Author: c.author, Body: c.body})
			}
		}
		return nil
	})
	return all
}

// Heads returns the commits of the branches by name.
func (s *Server) Heads(name string) map[string]string {
	return s.references(name, "refs/heads/", "refs/heads/")
}

// Refs returns the objects of all refs by full name, without those that GitHub
// itself maintains for pull requests.
func (s *Server) Refs(name string) map[string]string {
	all := s.references(name, "refs/", "")
	for ref := range all {
		if strings.HasPrefix(ref, "refs/pull/") {
			delete(all, ref)
		}
	}
	return all
}

func (s *Server) references(name, prefix, cut string) map[string]string {
	all := map[string]string{}
	_ = s.with(name, func(r *repo) error {
		refs, err := r.refs(prefix)
		for _, ref := range refs {
			all[strings.TrimPrefix(ref.Name().String(), cut)] = ref.Hash().String()
		}
		return err
	})
	return all
}

// DeleteRef deletes a ref by its full name, as the owner.
func (s *Server) DeleteRef(name, ref string) error {
	return s.with(name, func(r *repo) error { return r.dropRef(ref, owner(r.name)) })
}

// ReadFile returns a file of a branch or commit.
func (s *Server) ReadFile(name, branch, path string) (data []byte, err error) {
	err = s.with(name, func(r *repo) error {
		commit, err := r.find(branch)
		if err != nil {
			return err
		}
		t, err := r.tree(commit.TreeHash)
		if err != nil {
			return err
		}
		e, err := t.FindEntry(path)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", path, branch, err)
		}
		data, err = r.blob(e.Hash)
		return err
	})
	return data, err
}

// Diff returns the changes of a pull request in the format of git diff.
func (s *Server) Diff(name string, number int) (text string, err error) {
	err = s.withItem(name, number, true, func(r *repo, i *item) error {
		files, err := r.pullFiles(i.pull)
		text = unified(files)
		return err
	})
	return text, err
}

func unified(files []diffFile) string {
	var out strings.Builder
	for _, f := range files {
		out.WriteString(f.header)
		out.WriteString(f.hunks)
	}
	return out.String()
}

// Subject returns the first line of the newest commit's message.
func (s *Server) Subject(name, branch string) (subject string, err error) {
	message, err := s.Message(name, branch)
	subject, _, _ = strings.Cut(message, "\n")
	return subject, err
}

// Message returns the message of the newest commit of a branch.
func (s *Server) Message(name, branch string) (message string, err error) {
	err = s.with(name, func(r *repo) error {
		c, err := r.find(branch)
		if err == nil {
			message = c.Message
		}
		return err
	})
	return message, err
}

// hash parses an SHA; zero if it is invalid.
func hash(text string) plumbing.Hash {
	if !plumbing.IsHash(text) {
		return plumbing.ZeroHash
	}
	return plumbing.NewHash(text)
}
