package forgetest

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// gitCommit returns a commit as in the git database API.
func (c *call) gitCommit(r *repo, k *object.Commit) fields {
	at := c.repoAPI(r)
	f := c.commitCore(r, k)
	f["sha"], f["node_id"], f["html_url"] = k.Hash.String(), nodeID("Commit", idOf(k.Hash.String())), c.repoHTML(r)+"/commit/"+k.Hash.String()
	f["url"] = at + "/git/commits/" + k.Hash.String()
	parents := []fields{}
	for _, p := range k.ParentHashes {
		parents = append(parents, fields{"sha": p.String(), "url": at + "/git/commits/" + p.String(), "html_url": c.repoHTML(r) + "/commit/" + p.String()})
	}
	f["parents"] = parents
	return f
}

func (c *call) commitCore(r *repo, k *object.Commit) fields {
	who := func(s object.Signature) fields {
		return fields{"name": s.Name, "email": s.Email, "date": stamp(s.When)}
	}
	return fields{
		"url":    c.repoAPI(r) + "/git/commits/" + k.Hash.String(),
		"author": who(k.Author), "committer": who(k.Committer), "message": strings.TrimSuffix(k.Message, "\n"),
		"tree":         fields{"sha": k.TreeHash.String(), "url": c.repoAPI(r) + "/git/trees/" + k.TreeHash.String()},
		"verification": fields{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil},
	}
}

// listedCommit returns a commit as in lists.
func (c *call) listedCommit(r *repo, k *object.Commit) fields {
	at := c.repoAPI(r) + "/commits/" + k.Hash.String()
	core := c.commitCore(r, k)
	core["comment_count"] = 0
	parents := []fields{}
	for _, p := range k.ParentHashes {
		parents = append(parents, fields{"sha": p.String(), "url": c.repoAPI(r) + "/commits/" + p.String(), "html_url": c.repoHTML(r) + "/commit/" + p.String()})
	}
	return fields{
		"sha": k.Hash.String(), "node_id": nodeID("Commit", idOf(k.Hash.String())), "url": at, "html_url": c.repoHTML(r) + "/commit/" + k.Hash.String(),
		"comments_url": at + "/comments", "commit": core, "author": c.user(loginOf(k.Author)), "committer": c.user(loginOf(k.Committer)), "parents": parents,
	}
}

// loginOf returns the account of a signature, "" if it is unknown.
func loginOf(s object.Signature) string {
	// Commits made on GitHub's pages belong to this account, see webFlow.
	if s.Email == "noreply@github.com" {
		return "web-flow"
	}
	login, ok := strings.CutSuffix(s.Email, "@users.noreply.github.com")
	if !ok {
		return ""
	}
	// Newer addresses of GitHub are ID+LOGIN, older ones only LOGIN.
	if _, after, ok := strings.Cut(login, "+"); ok {
		return after
	}
	return login
}

func (c *call) reference(r *repo, name string, at plumbing.Hash) fields {
	kind := "commit"
	if o, err := r.git.EncodedObject(plumbing.AnyObject, at); err == nil {
		kind = o.Type().String()
	}
	return fields{
		"ref": name, "node_id": nodeID("Ref", idOf(r.name+name)), "url": c.repoAPI(r) + "/git/" + escape(name),
		"object": fields{"sha": at.String(), "type": kind, "url": c.repoAPI(r) + "/git/" + kind + "s/" + at.String()},
	}
}

// treeEntry returns an entry of a tree listing.
func (c *call) treeEntry(r *repo, e entry) fields {
	f := fields{"path": e.path, "mode": mode(e.mode), "type": "blob", "sha": e.hash.String()}
	switch e.mode {
	case filemode.Dir:
		f["type"] = "tree"
	case filemode.Submodule:
		// The commit of a submodule is in another repository, so it has no address here.
		f["type"] = "commit"
		return f
	default:
		size, err := r.git.EncodedObjectSize(e.hash)
		if err == nil {
			f["size"] = size
		}
	}
	f["url"] = fmt.Sprintf("%s/git/%ss/%s", c.repoAPI(r), f["type"], e.hash)
	return f
}

func mode(m filemode.FileMode) string { return fmt.Sprintf("%06o", uint32(m)) }

func (c *call) diffEntry(r *repo, at plumbing.Hash, d diffFile) fields {
	f := fields{
		"sha": d.hash.String(), "filename": d.path, "status": d.status, "additions": d.plus, "deletions": d.minus, "changes": d.plus + d.minus,
		"blob_url":     fmt.Sprintf("%s/blob/%s/%s", c.repoHTML(r), at, escape(d.path)),
		"raw_url":      fmt.Sprintf("%s/raw/%s/%s", c.repoHTML(r), at, escape(d.path)),
		"contents_url": fmt.Sprintf("%s/contents/%s?ref=%s", c.repoAPI(r), escape(d.path), at),
	}
	// Binary and empty files have no patch.
	if d.hunks != "" {
		f["patch"] = strings.TrimSuffix(d.hunks, "\n")
	}
	return f
}
