package forgetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// See https://docs.github.com/rest/repos/repos#get-a-repository
func getRepo(c *call) (any, error) { return c.fullRepository(c.repo), nil }

// find returns the commit for a branch, a ref or an SHA.
func (r *repo) find(name string) (*object.Commit, error) {
	for _, ref := range []string{"refs/heads/" + name, "refs/tags/" + name, name, "refs/" + name} {
		if at := r.ref(ref); !at.IsZero() {
			return r.commit(at)
		}
	}
	return r.commit(hash(name))
}

// commitOf returns the commit for a name in a request; that of the default branch for "".
func (c *call) commitOf(name string) (*object.Commit, error) {
	if name == "" {
		name = c.repo.Branch
	}
	if c.repo.empty() {
		return nil, &problem{status: http.StatusConflict, message: "Git Repository is empty."}
	}
	return c.repo.find(name)
}

// See https://docs.github.com/rest/branches/branches#list-branches
func listBranches(c *call) (any, error) {
	refs, err := c.repo.refs("refs/heads/")
	if err != nil {
		return nil, err
	}
	return shapes(c, refs, func(ref *plumbing.Reference) fields {
		sha := ref.Hash().String()
		return fields{"name": ref.Name().Short(), "commit": fields{"sha": sha, "url": c.repoAPI(c.repo) + "/commits/" + sha}, "protected": false}
	}), nil
}

// See https://docs.github.com/rest/branches/branches#get-a-branch
func getBranch(c *call) (any, error) {
	name := c.PathValue("branch")
	at := c.repo.head(name)
	if at.IsZero() {
		return nil, &problem{status: http.StatusNotFound, message: "Branch not found"}
	}
	k, err := c.repo.commit(at)
	if err != nil {
		return nil, err
	}
	self := c.repoAPI(c.repo) + "/branches/" + escape(name)
	return fields{
		"name": name, "commit": c.listedCommit(c.repo, k), "protected": false, "protection_url": self + "/protection",
		"_links":     fields{"self": self, "html": c.repoHTML(c.repo) + "/tree/" + escape(name)},
		"protection": fields{"enabled": false, "required_status_checks": fields{"enforcement_level": "off", "contexts": []string{}, "checks": []any{}}},
	}, nil
}

// See https://docs.github.com/rest/commits/commits#list-commits
func listCommits(c *call) (any, error) {
	k, err := c.commitOf(c.URL.Query().Get("sha"))
	if err != nil {
		return nil, orNotFound(err)
	}
	// The zero hash has no ancestors, so this is the whole history.
	all, err := c.repo.ahead(plumbing.ZeroHash, k.Hash)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	return shapes(c, all, func(k *object.Commit) fields { return c.listedCommit(c.repo, k) }), nil
}

// orNotFound turns git errors into 404, and returns problems unchanged.
func orNotFound(err error) error {
	if _, ok := err.(*problem); ok { //nolint:errorlint // created in this package, never wrapped
		return err
	}
	return notFound()
}

// See https://docs.github.com/rest/commits/commits#get-a-commit
func getCommit(c *call) (any, error) {
	name := c.PathValue("ref")
	// A branch may have slashes, and the router allows such a part only at the end.
	if of, ok := strings.CutSuffix(name, "/check-runs"); ok {
		return c.listCheckRuns(of)
	}
	if of, ok := strings.CutSuffix(name, "/check-suites"); ok {
		return c.listCheckSuites(of)
	}
	k, err := c.commitOf(name)
	if err != nil {
		if c.repo.empty() {
			return nil, err
		}
		// GitHub answers 422 here, although the same name is "not found" for other requests.
		return nil, unprocessable("No commit found for SHA: %s", name)
	}
	// The first commit of a history is compared with the empty tree.
	from := plumbing.ZeroHash
	if len(k.ParentHashes) > 0 {
		from = k.ParentHashes[0]
	}
	diff, err := c.repo.diff(from, k.Hash)
	if err != nil {
		return nil, err
	}
	switch accept := c.Header.Get("Accept"); {
	case strings.Contains(accept, ".sha"):
		return plain{kind: "application/vnd.github.sha; charset=utf-8", data: []byte(k.Hash.String())}, nil
	case strings.Contains(accept, ".diff"):
		return plain{kind: "application/vnd.github.diff; charset=utf-8", data: []byte(unified(diff))}, nil
	}
	out := c.listedCommit(c.repo, k)
	plus, minus, files := 0, 0, []fields{}
	for _, d := range diff {
		plus, minus, files = plus+d.plus, minus+d.minus, append(files, c.diffEntry(c.repo, k.Hash, d))
	}
	out["stats"], out["files"] = fields{"additions": plus, "deletions": minus, "total": plus + minus}, files
	return out, nil
}

// maxContent is the size limit for file contents in an answer, in bytes.
const maxContent = 1 << 20

// See https://docs.github.com/rest/repos/contents#get-repository-content
func getContents(c *call) (any, error) {
	ref := c.URL.Query().Get("ref")
	name := strings.Trim(c.PathValue("path"), "/")
	// The 409 of commitOf is for commits and the git database; contents answer 404.
	if c.repo.empty() {
		return nil, &problem{status: http.StatusNotFound, message: "This repository is empty."}
	}
	if ref == "" {
		ref = c.repo.Branch
	}
	k, err := c.repo.find(ref)
	if err != nil {
		return nil, &problem{status: http.StatusNotFound, message: "No commit found for the ref " + ref}
	}
	t, err := c.repo.tree(k.TreeHash)
	if err != nil {
		return nil, err
	}
	// FindEntry cannot find the root.
	e := &object.TreeEntry{Mode: filemode.Dir, Hash: k.TreeHash}
	if name != "" {
		if e, err = t.FindEntry(name); err != nil {
			return nil, notFound()
		}
	}
	if e.Mode == filemode.Dir {
		return c.folder(name, ref, e.Hash)
	}
	return c.file(name, ref, e)
}

// folder returns the listing of a folder.
func (c *call) folder(name, ref string, tree plumbing.Hash) (any, error) {
	t, err := c.repo.tree(tree)
	if err != nil {
		return nil, err
	}
	all := []fields{}
	for _, e := range t.Entries {
		f, err := c.content(path.Join(name, e.Name), ref, &e)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// content returns the description of a file, link, folder or submodule, without its contents.
func (c *call) content(name, ref string, e *object.TreeEntry) (fields, error) {
	at := c.repoAPI(c.repo)
	self := at + "/contents/" + escape(name) + "?" + url.Values{"ref": {ref}}.Encode()
	html := c.repoHTML(c.repo) + "/blob/" + escape(ref) + "/" + escape(name)
	kind, objects := "file", "blobs"
	size := int64(0)
	var download any = c.repoHTML(c.repo) + "/raw/" + escape(ref) + "/" + escape(name)
	switch e.Mode {
	case filemode.Dir:
		kind, objects, download = "dir", "trees", nil
	case filemode.Submodule:
		kind, objects, download = "submodule", "trees", nil
	default:
		if e.Mode == filemode.Symlink {
			kind = "symlink"
		}
		var err error
		if size, err = c.repo.git.EncodedObjectSize(e.Hash); err != nil {
			return nil, err
		}
	}
	git := at + "/git/" + objects + "/" + e.Hash.String()
	return fields{
		"name": path.Base(name), "path": name, "sha": e.Hash.String(), "size": size, "url": self, "html_url": html, "git_url": git,
		"download_url": download, "type": kind, "_links": fields{"self": self, "git": git, "html": html},
	}, nil
}

// file returns a file with its contents. It follows a link to a file.
func (c *call) file(name, ref string, e *object.TreeEntry) (any, error) {
	f, err := c.content(name, ref, e)
	if err != nil || e.Mode == filemode.Submodule {
		if err == nil {
			f["submodule_git_url"] = nil
		}
		return f, err
	}
	data, err := c.repo.blob(e.Hash)
	switch {
	case err != nil:
		return nil, err
	case strings.Contains(c.Header.Get("Accept"), ".raw"):
		return plain{kind: "application/vnd.github.raw+json; charset=utf-8", data: data}, nil
	case e.Mode == filemode.Symlink:
		f["target"] = string(data)
	// Documented: larger files have no content here, and clients ask for the raw media type.
	case len(data) > maxContent:
		f["encoding"], f["content"] = "none", ""
	default:
		f["encoding"], f["content"] = "base64", wrapped(data)
	}
	return f, nil
}

// wrapped returns base64 in lines of sixty characters, as GitHub does.
func wrapped(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 60 {
		b.WriteString(text[:60] + "\n")
		text = text[60:]
	}
	if text != "" {
		b.WriteString(text + "\n")
	}
	return b.String()
}

// See https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
func getTarball(c *call) (any, error) {
	name := c.PathValue("ref")
	k, err := c.commitOf(name)
	if err != nil {
		return nil, orNotFound(err)
	}
	return moved{status: http.StatusFound, to: c.root + "/codeload/" + c.repo.name + "/legacy.tar.gz/" + k.Hash.String()}, nil
}

// codeload serves the archive that getTarball redirects to.
func codeload(c *call) (any, error) {
	k, err := c.commitOf(c.PathValue("ref"))
	if err != nil {
		return nil, orNotFound(err)
	}
	all, _, err := c.repo.list(k.TreeHash, true, 1<<30)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	top := strings.ReplaceAll(c.repo.name, "/", "-") + "-" + k.Hash.String()[:7] + "/"
	// Archives made by git begin with a global header that names the commit; readers have to skip it.
	global := &tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": k.Hash.String()}}
	if err := w.WriteHeader(global); err != nil {
		return nil, err
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: top, Mode: 0o775, ModTime: k.Committer.When}); err != nil {
		return nil, err
	}
	for _, e := range all {
		if err := c.repo.archive(w, top, e, k); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return plain{kind: "application/x-gzip", data: out.Bytes()}, nil
}

// archive writes one entry into an archive.
func (r *repo) archive(w *tar.Writer, top string, e entry, k *object.Commit) error {
	h := &tar.Header{Name: top + e.path, Mode: 0o664, ModTime: k.Committer.When, Typeflag: tar.TypeReg}
	// git writes a submodule as an empty folder.
	if e.mode == filemode.Dir || e.mode == filemode.Submodule {
		h.Name, h.Mode, h.Typeflag = h.Name+"/", 0o775, tar.TypeDir
		return w.WriteHeader(h)
	}
	data, err := r.blob(e.hash)
	if err != nil {
		return err
	}
	switch e.mode {
	// The content of a link's blob is its target.
	case filemode.Symlink:
		h.Linkname, h.Typeflag, h.Mode, data = string(data), tar.TypeSymlink, 0o777, nil
	case filemode.Executable:
		h.Mode = 0o775
	}
	h.Size = int64(len(data))
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// See https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func getPermission(c *call) (any, error) {
	if c.repo.may(c.actor) < write && !c.repo.ReadOnly {
		return nil, &problem{status: http.StatusForbidden, message: "Must have push access to view collaborator permission."}
	}
	login := c.PathValue("user")
	l := c.repo.level(login)
	permission := l // the old field, which has fewer values
	switch l {
	case maintain:
		permission = write
	case triage:
		permission = read
	}
	user, ok := c.user(login).(fields)
	if !ok {
		return nil, notFound()
	}
	user["permissions"], user["role_name"] = rights(l), l.String()
	return fields{"permission": permission.String(), "role_name": l.String(), "user": user}, nil
}
