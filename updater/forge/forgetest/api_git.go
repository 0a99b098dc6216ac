package forgetest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

var errEmpty = &problem{status: http.StatusConflict, message: "Git Repository is empty."}

// See https://docs.github.com/rest/git/refs#get-a-reference
func getRef(c *call) (any, error) {
	name := "refs/" + c.PathValue("ref")
	at := c.repo.ref(name)
	switch {
	case !at.IsZero():
		return c.reference(c.repo, name, at), nil
	// Without commits, GitHub's git database answers 409 and not 404.
	case c.repo.empty():
		return nil, errEmpty
	}
	return nil, notFound()
}

// See https://docs.github.com/rest/git/refs#list-matching-references
func matchingRefs(c *call) (any, error) {
	if c.repo.empty() {
		return nil, errEmpty
	}
	refs, err := c.repo.refs("refs/" + c.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	return shapes(c, refs, func(ref *plumbing.Reference) fields { return c.reference(c.repo, ref.Name().String(), ref.Hash()) }), nil
}

// See https://docs.github.com/rest/git/trees#get-a-tree
func getTree(c *call) (any, error) {
	if c.repo.empty() {
		return nil, errEmpty
	}
	name := c.PathValue("tree")
	at := hash(name)
	// GitHub also takes a branch or a commit, and answers with its tree.
	if k, err := c.repo.find(name); err == nil {
		at = k.TreeHash
	}
	if at.IsZero() || !c.repo.has(plumbing.TreeObject, at) {
		return nil, notFound()
	}
	_, deep := c.URL.Query()["recursive"]
	// GitHub truncates only recursive listings.
	limit := 1 << 30
	if deep {
		limit = c.s.cut
	}
	all, more, err := c.repo.list(at, deep, limit)
	if err != nil {
		return nil, err
	}
	return c.listing(at, all, more), nil
}

func (c *call) listing(at plumbing.Hash, all []entry, more bool) fields {
	entries := []fields{}
	for _, e := range all {
		entries = append(entries, c.treeEntry(c.repo, e))
	}
	return fields{"sha": at.String(), "url": c.repoAPI(c.repo) + "/git/trees/" + at.String(), "tree": entries, "truncated": more}
}

// See https://docs.github.com/rest/git/blobs#get-a-blob
func getBlob(c *call) (any, error) {
	at := hash(c.PathValue("sha"))
	if at.IsZero() || !c.repo.has(plumbing.BlobObject, at) {
		return nil, notFound()
	}
	data, err := c.repo.blob(at)
	if err != nil {
		return nil, err
	}
	if strings.Contains(c.Header.Get("Accept"), ".raw") {
		return plain{kind: "application/vnd.github.raw+json; charset=utf-8", data: data}, nil
	}
	f := c.shortBlob(at)
	f["node_id"], f["size"], f["encoding"], f["content"] = nodeID("Blob", idOf(at.String())), len(data), "base64", wrapped(data)
	return f, nil
}

func (c *call) shortBlob(at plumbing.Hash) fields {
	return fields{"sha": at.String(), "url": c.repoAPI(c.repo) + "/git/blobs/" + at.String()}
}

// See https://docs.github.com/rest/git/commits#get-a-commit-object
func getGitCommit(c *call) (any, error) {
	k, err := c.repo.commit(hash(c.PathValue("sha")))
	if err != nil {
		if c.repo.empty() {
			return nil, errEmpty
		}
		return nil, notFound()
	}
	return c.gitCommit(c.repo, k), nil
}

// See https://docs.github.com/rest/git/blobs#create-a-blob
func newBlob(c *call) (any, error) {
	var in struct {
		Content  *string
		Encoding string
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if in.Content == nil {
		return nil, invalid("Blob", "content", "missing_field", "")
	}
	if c.repo.empty() {
		return nil, errEmpty
	}
	data := []byte(*in.Content)
	switch in.Encoding {
	case "base64":
		var err error
		// The Base64 may be wrapped in lines, as it is in GitHub's own answers.
		if data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(*in.Content), "")); err != nil {
			return nil, unprocessable("content is not valid Base64")
		}
	case "", "utf-8":
	default:
		return nil, invalid("Blob", "encoding", "invalid", "")
	}
	at, err := c.repo.putBlob(data)
	return created{body: c.shortBlob(at)}, err
}

// A treeItem is one change for a new tree.
type treeItem struct {
	Path    string          `json:"path"`
	Mode    string          `json:"mode"`
	Type    string          `json:"type"`
	SHA     json.RawMessage `json:"sha"`
	Content *string         `json:"content"`
}

// See https://docs.github.com/rest/git/trees#create-a-tree
func newTree(c *call) (any, error) {
	var in struct {
		Base string     `json:"base_tree"`
		Tree []treeItem `json:"tree"`
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if c.repo.empty() {
		return nil, errEmpty
	}
	base, err := c.baseTree(in.Base)
	if err != nil {
		return nil, err
	}
	if len(in.Tree) == 0 {
		return nil, unprocessable("Invalid tree info")
	}
	changes := map[string]change{}
	for _, item := range in.Tree {
		// The token of a workflow cannot have the permission to write workflows.
		if c.actor.workflow && strings.HasPrefix(item.Path, ".github/workflows/") {
			return nil, forbidden()
		}
		if changes[item.Path], err = c.treeChange(item, base); err != nil {
			return nil, err
		}
	}
	at, err := c.repo.edit(base, changes)
	if err != nil {
		return nil, err
	}
	all, _, err := c.repo.list(at, false, 1<<30)
	return created{body: c.listing(at, all, false)}, err
}

// baseTree returns the tree with a name, or the tree of the commit with that name.
func (c *call) baseTree(name string) (plumbing.Hash, error) {
	if name == "" {
		return plumbing.ZeroHash, nil
	}
	if k, err := c.repo.commit(hash(name)); err == nil {
		return k.TreeHash, nil
	}
	if at := hash(name); !at.IsZero() && c.repo.has(plumbing.TreeObject, at) {
		return at, nil
	}
	return plumbing.ZeroHash, unprocessable("base_tree is not a valid tree oid")
}

// kinds maps the modes of tree entries to object types.
var kinds = map[string]plumbing.ObjectType{ //nolint:gochecknoglobals // constant
	"100644": plumbing.BlobObject, "100755": plumbing.BlobObject, "120000": plumbing.BlobObject, "040000": plumbing.TreeObject, "160000": plumbing.CommitObject,
}

// treeChange validates an item and stores its content.
func (c *call) treeChange(i treeItem, base plumbing.Hash) (change, error) {
	kind, ok := kinds[i.Mode]
	switch {
	case !validPath(i.Path):
		return change{}, unprocessable("tree.path contains a malformed path component")
	// null deletes the path; a missing one is an error, which only raw JSON tells apart.
	case string(i.SHA) == "null" && i.Content == nil, i.SHA == nil && i.Content == nil:
		return change{}, c.repo.mayDelete(base, i.Path, i.SHA != nil)
	case !ok:
		return change{}, unprocessable("tree.mode %s is not supported. Supported modes are: 040000, 100644, 100755, 120000, 160000", i.Mode)
	case i.Type != "" && i.Type != kind.String():
		return change{}, unprocessable("tree.type %s does not go with tree.mode %s", i.Type, i.Mode)
	case i.SHA != nil && i.Content != nil:
		return change{}, unprocessable("Must supply either tree.sha or tree.content, not both")
	}
	m, err := filemode.New(i.Mode)
	if err != nil {
		return change{}, err
	}
	if i.Content != nil {
		at, err := c.repo.putBlob([]byte(*i.Content))
		return change{mode: m, hash: at}, err
	}
	var sha string
	if err := json.Unmarshal(i.SHA, &sha); err != nil {
		return change{}, &problem{status: http.StatusBadRequest, message: "Problems parsing JSON"}
	}
	at := hash(sha)
	// The commit of a submodule is in another repository.
	if at.IsZero() || kind != plumbing.CommitObject && !c.repo.has(kind, at) {
		return change{}, unprocessable("tree.sha %s is not a valid %s", sha, kind)
	}
	return change{mode: m, hash: at}, nil
}

// mayDelete returns an error if a path cannot be deleted.
func (r *repo) mayDelete(base plumbing.Hash, path string, said bool) error {
	if !said {
		return unprocessable("Must supply either tree.sha or tree.content")
	}
	t, err := r.tree(base)
	if err != nil {
		return err
	}
	if _, err := t.FindEntry(path); err != nil {
		return unprocessable("GitRPC::BadObjectState") // the words of GitHub
	}
	return nil
}

// A signature is an author or committer in a request.
type signature struct {
	Name, Email string
	Date        time.Time
}

func (s *signature) object(now time.Time) object.Signature {
	if s.Date.IsZero() {
		return object.Signature{Name: s.Name, Email: s.Email, When: now}
	}
	return object.Signature{Name: s.Name, Email: s.Email, When: s.Date}
}

// newCommit creates a commit. The default author is the caller. For bots GitHub is
// the committer.
//
// See https://docs.github.com/rest/git/commits#create-a-commit
func newCommit(c *call) (any, error) {
	var in struct {
		Message           *string
		Tree              string
		Parents           []string
		Author, Committer *signature
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	switch {
	case c.repo.empty():
		return nil, errEmpty
	case in.Message == nil:
		return nil, invalid("Commit", "message", "missing_field", "")
	case !c.repo.has(plumbing.TreeObject, hash(in.Tree)):
		return nil, unprocessable("Tree SHA does not exist")
	case !utf8.ValidString(*in.Message):
		return nil, unprocessable("message is not valid UTF-8")
	}
	k := &object.Commit{Message: *in.Message, TreeHash: hash(in.Tree)}
	for _, p := range in.Parents {
		if !c.repo.has(plumbing.CommitObject, hash(p)) {
			return nil, unprocessable("Parent SHA does not exist or is not a commit object")
		}
		k.ParentHashes = append(k.ParentHashes, hash(p))
	}
	c.sign(k, in.Author, in.Committer)
	at, err := c.repo.encode(k)
	if err != nil {
		return nil, err
	}
	if k, err = c.repo.commit(at); err != nil {
		return nil, err
	}
	return created{body: c.gitCommit(c.repo, k)}, nil
}

// sign sets the author and committer of a commit.
func (c *call) sign(k *object.Commit, author, committer *signature) {
	now, login := c.s.now(), c.actor.login
	k.Author = object.Signature{Name: login, Email: mail(login), When: now}
	k.Committer = k.Author
	if strings.HasSuffix(login, "[bot]") {
		k.Committer = webFlow(now)
	}
	if author != nil {
		// Documented: by default the committer has the author's data.
		k.Author = author.object(now)
		k.Committer = k.Author
	}
	if committer != nil {
		k.Committer = committer.object(now)
	}
}
