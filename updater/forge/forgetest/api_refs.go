package forgetest

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// See https://docs.github.com/rest/git/refs#create-a-reference
func newRef(c *call) (any, error) {
	var in struct{ Ref, SHA string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	at := hash(in.SHA)
	switch {
	case c.repo.empty():
		return nil, errEmpty
	// Documented: a name begins with refs and has at least two slashes.
	case !strings.HasPrefix(in.Ref, "refs/") || strings.Count(in.Ref, "/") < 2 || plumbing.ReferenceName(in.Ref).Validate() != nil:
		return nil, unprocessable("Reference name is not valid")
	// GitHub itself maintains these, see keepHead.
	case strings.HasPrefix(in.Ref, "refs/pull/"):
		return nil, unprocessable("Reference update failed")
	case at.IsZero() || !c.repo.has(plumbing.AnyObject, at):
		return nil, unprocessable("Object does not exist")
	// A branch points to a commit; a tag may point to any object.
	case strings.HasPrefix(in.Ref, "refs/heads/") && !c.repo.has(plumbing.CommitObject, at):
		return nil, unprocessable("Reference update failed")
	case c.repo.protects(in.Ref):
		return nil, unprocessable("Repository rule violations found\n\nCannot create ref due to creations being restricted.")
	case !c.repo.ref(in.Ref).IsZero():
		return nil, unprocessable("Reference already exists")
	}
	if err := c.repo.setRef(in.Ref, at, c.actor.login); err != nil {
		return nil, unprocessable("Reference update failed")
	}
	return created{body: c.reference(c.repo, in.Ref, at)}, nil
}

// protects reports whether a rule forbids writing a ref.
func (r *repo) protects(ref string) bool {
	return r.Protected != "" && strings.HasPrefix(ref, "refs/heads/"+r.Protected)
}

// See https://docs.github.com/rest/git/refs#update-a-reference
func moveRef(c *call) (any, error) {
	var in struct {
		SHA   string
		Force bool
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	name := "refs/" + c.PathValue("ref")
	was, at := c.repo.ref(name), hash(in.SHA)
	switch {
	case was.IsZero():
		return nil, unprocessable("Reference does not exist")
	case at.IsZero() || !c.repo.has(plumbing.CommitObject, at):
		return nil, unprocessable("Object does not exist")
	case c.repo.protects(name):
		return nil, unprocessable("Repository rule violations found\n\nCannot update this protected ref.")
	case !in.Force && !c.repo.contains(at, was):
		return nil, unprocessable("Update is not a fast forward")
	}
	if err := c.repo.setRef(name, at, c.actor.login); err != nil {
		return nil, err
	}
	return c.reference(c.repo, name, at), nil
}

// See https://docs.github.com/rest/git/refs#delete-a-reference
func deleteRef(c *call) (any, error) {
	name := "refs/" + c.PathValue("ref")
	if c.repo.ref(name).IsZero() {
		return nil, unprocessable("Reference does not exist")
	}
	if c.repo.protects(name) {
		return nil, unprocessable("Repository rule violations found\n\nCannot delete this protected ref.")
	}
	if name == "refs/heads/"+c.repo.Branch {
		return nil, unprocessable("Cannot delete the default branch")
	}
	if err := c.repo.dropRef(name, c.actor.login); err != nil {
		return nil, err
	}
	return noContent{}, nil
}
