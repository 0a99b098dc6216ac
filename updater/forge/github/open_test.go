package github

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// made is a tree whose files are kept beside it.
type made struct {
	items []gittree.Item
	data  map[string][]byte
}

func (m *made) add(path, mode, content string) {
	hash := gittree.BlobHash([]byte(content))
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[hash] = []byte(content)
	m.items = append(m.items, gittree.Item{Path: path, Mode: mode, Hash: hash, Size: int64(len(content))})
}

// dirOf returns the folder of a path, "" for the top.
func dirOf(p string) string { return strings.TrimSuffix(path.Dir(p), ".") }

// withFolders adds the folders of a listing, and returns it with the name of the whole.
func withFolders(items []gittree.Item) (all []gittree.Item, root string) {
	below := map[string][]gittree.Item{}
	for _, i := range items {
		below[dirOf(i.Path)] = append(below[dirOf(i.Path)], i)
		for d := dirOf(i.Path); d != ""; d = dirOf(d) {
			below[dirOf(d)] = append(below[dirOf(d)], []gittree.Item{}...)
			if _, ok := below[d]; !ok {
				below[d] = nil
			}
		}
	}
	var dirs []string
	for d := range below {
		if d != "" {
			dirs = append(dirs, d)
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	for _, d := range dirs {
		f := gittree.Item{Path: d, Mode: gittree.Folder, Hash: gittree.Hash(below[d])}
		below[dirOf(d)] = append(below[dirOf(d)], f)
		all = append(all, f)
	}
	return append(all, items...), gittree.Hash(below[""])
}

// treeAnswer is a listing as GitHub sends it.
func treeAnswer(root string, items []gittree.Item, truncated bool) answer {
	entries := []map[string]any{}
	for _, i := range items {
		e := map[string]any{"path": i.Path, "mode": i.Mode, "type": "blob", "sha": i.Hash, "size": i.Size}
		if i.Mode == gittree.Folder {
			e["type"] = "tree"
			delete(e, "size")
		}
		entries = append(entries, e)
	}
	data, _ := json.Marshal(map[string]any{"sha": root, "tree": entries, "truncated": truncated})
	return answer{body: string(data)}
}

func blobAnswer(data []byte) answer {
	text := base64.StdEncoding.EncodeToString(data)
	if len(text) > 20 {
		text = text[:20] + "\n" + text[20:] + "\n"
	}
	return answer{body: fmt.Sprintf(`{"encoding":"base64","content":%q,"size":%d}`, text, len(data))}
}

const repoBody = `{"full_name":"acme/shop","default_branch":"main","html_url":"https://github.com/acme/shop","allow_auto_merge":true,"has_issues":true,"permissions":{"push":true},"owner":{"login":"acme"}%s}`

// served returns the answers for a repository with these files, and the name of its tree.
func served(m *made) (map[string][]answer, string) {
	items, root := withFolders(m.items)
	answers := map[string][]answer{
		"GET /repos/acme/shop":                   {{body: fmt.Sprintf(repoBody, "")}},
		"GET /repos/acme/shop/branches/main":     {branchAnswer(root)},
		"GET /repos/acme/shop/git/trees/" + root: {treeAnswer(root, items, false)},
	}
	for hash, data := range m.data {
		answers["GET /repos/acme/shop/git/blobs/"+hash] = []answer{blobAnswer(data)}
	}
	return answers, root
}

func branchAnswer(tree string) answer {
	return answer{body: fmt.Sprintf(`{"name":"main","commit":{"sha":%q,"commit":{"tree":{"sha":%q}}}}`, parent, tree)}
}

func plainRepo() *made {
	m := &made{}
	m.add("Dockerfile", gittree.File, "FROM scratch\n")
	m.add("copy/Dockerfile", gittree.File, "FROM scratch\n")
	m.add("a/b/go.mod", gittree.File, "module m\n")
	m.add("a/run.sh", gittree.Executable, "#!/bin/sh\n")
	m.add("empty", gittree.File, "")
	m.add("link", gittree.Link, "a/b/go.mod")
	return m
}

func TestOpen(t *testing.T) {
	answers, root := served(plainRepo())
	server := newFake(t, answers)
	f, _, _ := testForge(t, server.URL, func(o *Options) { o.Cache = t.TempDir() })
	c, err := f.Open(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	if c.Repo != "acme/shop" || c.Branch != "main" || c.Commit != parent || c.Tree != root || !c.AutoMerge || !c.CanWrite || !c.Issues || len(c.Files) != 6 {
		t.Errorf("Open = %+v", c)
	}
	if got := c.Files["a/run.sh"]; got.Mode != gittree.Executable || got.Size != 10 || got.Hash != gittree.BlobHash([]byte("#!/bin/sh\n")) {
		t.Errorf("Files[a/run.sh] = %+v", got)
	}
	before := len(server.requests())
	if err := c.Fetch(t.Context(), []string{"Dockerfile", "copy/Dockerfile", "empty", "a/b/go.mod", "not there", "a"}); err != nil {
		t.Error(err)
	}
	if n := len(server.requests()) - before; n != 2 {
		t.Errorf("Fetch takes %d requests, want 2: equal files are one, an empty one is known", n)
	}
	if err := fstest.TestFS(c.FS, "Dockerfile", "copy/Dockerfile", "a/b/go.mod", "a/run.sh", "empty", "link"); err != nil {
		t.Error(err)
	}
}

// Reopening an unchanged repository needs two requests.
func TestOpenAgain(t *testing.T) {
	answers, root := served(plainRepo())
	server := newFake(t, answers)
	dir := t.TempDir()
	read := func() int {
		t.Helper()
		f, _, _ := testForge(t, server.URL, func(o *Options) { o.Cache = dir })
		before := len(server.requests())
		c, err := f.Open(t.Context(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		for p := range c.Files {
			if _, err := fs.ReadFile(c.FS, p); err != nil {
				t.Error(err)
			}
		}
		return len(server.requests()) - before
	}
	if n := read(); n != 7 { // repository, branch, tree, and five contents of which one is empty, one twice
		t.Errorf("cold: %d requests, want 7", n)
	}
	if n := read(); n != 2 {
		t.Errorf("warm: %d requests, want 2", n)
	}
	spoil(t, filepath.Join(dir, "tree", root[:2], root[2:]), `[{"p":"evil","m":"100644","h":"`+gittree.EmptyBlob+`"}]`)
	hash := gittree.BlobHash([]byte("module m\n"))
	spoil(t, filepath.Join(dir, "blob", hash[:2], hash[2:]), "module evil\n")
	if n := read(); n != 4 {
		t.Errorf("spoilt: %d requests, want 4", n)
	}
	if n := read(); n != 2 {
		t.Errorf("healed: %d requests, want 2", n)
	}
}

func spoil(t *testing.T, file, content string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRefused(t *testing.T) {
	with := func(more string) map[string][]answer {
		answers, _ := served(plainRepo())
		answers["GET /repos/acme/shop"] = []answer{{body: fmt.Sprintf(repoBody, more)}}
		return answers
	}
	none := with("")
	delete(none, "GET /repos/acme/shop/branches/main")
	for _, tt := range []struct {
		name    string
		answers map[string][]answer
		code    string
		says    string
	}{
		{"not there", nil, "not-found", "acme/shop is not there, or the token may not read it"},
		{"archived", with(`,"archived":true`), "archived", "acme/shop is archived, so nothing can be proposed"},
		{"disabled", with(`,"disabled":true`), "disabled", "acme/shop is disabled"},
		{"a fork", with(`,"fork":true`), "fork", "acme/shop is a fork"},
		{"no commits", none, "empty", "acme/shop has no commits yet"},
		{"no access", map[string][]answer{"GET /repos/acme/shop": {{status: 403, body: `{"message":"Resource not accessible by integration"}`}}}, "no-permission", "may not read"},
	} {
		server := newFake(t, tt.answers)
		f, _, _ := testForge(t, server.URL, nil)
		_, err := f.Open(t.Context(), "acme/shop")
		var refused *forge.Denied
		if !errors.As(err, &refused) || refused.Code != tt.code || !strings.HasPrefix(err.Error(), tt.says) && !strings.Contains(err.Error(), tt.says) || refused.Repo != "acme/shop" {
			t.Errorf("%s: %v, want %s %q", tt.name, err, tt.code, tt.says)
		}
	}
	server := newFake(t, with(`,"fork":true`))
	f, _, _ := testForge(t, server.URL, func(o *Options) { o.Forks = true })
	if _, err := f.Open(t.Context(), "acme/shop"); err != nil {
		t.Errorf("a fork that is wanted: %v", err)
	}
}

func TestCanWrite(t *testing.T) {
	answers, _ := served(plainRepo())
	answers["GET /repos/acme/shop"] = []answer{{body: `{"full_name":"acme/shop","default_branch":"main","owner":{"login":"acme"}}`}}
	for token, want := range map[string]bool{"": false, "ghp_x": false, "ghs_x": true} {
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, func(o *Options) { o.Token = token })
		if c, err := f.Open(t.Context(), "acme/shop"); err != nil || c.CanWrite != want {
			t.Errorf("with the token %q: CanWrite = %v, %v, want %v", token, c != nil && c.CanWrite, err, want)
		}
	}
	answers[find] = []answer{{body: `{"id":99}`}}
	answers[token] = []answer{tokenAnswer("ghs_one", newClock().at.Add(1<<40))}
	f, _, _, _ := appForge(t, newFake(t, answers))
	if c, err := f.Open(t.Context(), "acme/shop"); err != nil || c.CanWrite {
		t.Errorf("an App that may not open pull requests: %v, %v", c, err)
	}
}

// A tree that GitHub truncates is listed folder by folder, without unneeded folders.
func TestTruncated(t *testing.T) {
	m := plainRepo()
	m.add("node_modules/x/package.json", gittree.File, "{}")
	m.add("vendor/modules.txt", gittree.File, "# m\n")
	m.add("vendor/github.com/x/x.go", gittree.File, "package x\n")
	m.add("big/one/Dockerfile", gittree.File, "FROM a\n")
	m.add("big/two/Dockerfile", gittree.File, "FROM b\n")
	items, root := withFolders(m.items)
	answers, _ := served(m)
	at := func(dir string, deep bool) (hash string, in []gittree.Item) {
		hash = root
		for _, i := range items {
			if i.Path == dir {
				hash = i.Hash
			}
			rest, ok := strings.CutPrefix(i.Path, dir+"/")
			if dir == "" {
				rest, ok = i.Path, true
			}
			if ok && (deep || !strings.Contains(rest, "/")) {
				i.Path = rest
				in = append(in, i)
			}
		}
		return hash, in
	}
	serve := func(dir string, steps ...string) {
		var list []answer
		for _, s := range steps {
			hash, in := at(dir, s == "all")
			if s == "cut" {
				list = append(list, treeAnswer(hash, in[:1], true))
			} else {
				list = append(list, treeAnswer(hash, in, false))
			}
		}
		hash, _ := at(dir, false)
		answers["GET /repos/acme/shop/git/trees/"+hash] = list
	}
	serve("", "cut", "one")
	serve("a", "all")
	serve("copy", "all")
	serve("big", "cut", "one")
	serve("big/one", "all")
	serve("big/two", "all")
	serve("vendor", "one")
	server := newFake(t, answers)
	f, _, _ := testForge(t, server.URL, func(o *Options) { o.Cache = t.TempDir() })
	for n, want := range []int{2 + 2 + 2 + 2 + 2 + 1, 2} {
		before := len(server.requests())
		c, err := f.Open(t.Context(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{"Dockerfile", "a/b/go.mod", "big/one/Dockerfile", "big/two/Dockerfile", "vendor/modules.txt"} {
			if _, ok := c.Files[p]; !ok {
				t.Errorf("%s is missing", p)
			}
		}
		if _, ok := c.Files["node_modules/x/package.json"]; ok || len(c.Files) != 9 {
			t.Errorf("%d files: %v", len(c.Files), c.Files)
		}
		if got := len(server.requests()) - before; got != want {
			t.Errorf("run %d: %d requests, want %d: %v", n, got, want, server.requests())
		}
	}
}

func TestEndlessTree(t *testing.T) {
	answers, root := served(plainRepo())
	sub := strings.Repeat("ab", 20)
	both := func() []answer {
		return []answer{treeAnswer(root, []gittree.Item{{Path: "x", Mode: gittree.Folder, Hash: sub}}, true), treeAnswer(root, []gittree.Item{{Path: "x", Mode: gittree.Folder, Hash: sub}}, false)}
	}
	answers["GET /repos/acme/shop/git/trees/"+root] = both()
	for range maxLists {
		answers["GET /repos/acme/shop/git/trees/"+sub] = append(answers["GET /repos/acme/shop/git/trees/"+sub], both()...)
	}
	server := newFake(t, answers)
	f, _, _ := testForge(t, server.URL, nil)
	if _, err := f.Open(t.Context(), "acme/shop"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("Open = %v", err)
	}
	for _, bad := range []gittree.Item{{Path: "../x", Mode: gittree.File, Hash: gittree.EmptyBlob}, {Path: "x", Mode: gittree.File, Hash: "../../x"}, {Path: "/x", Mode: gittree.File, Hash: gittree.EmptyBlob}} {
		answers["GET /repos/acme/shop/git/trees/"+root] = []answer{treeAnswer(root, []gittree.Item{bad}, false)}
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, nil)
		if _, err := f.Open(t.Context(), "acme/shop"); err == nil {
			t.Errorf("a tree with %v is opened", bad)
		}
	}
}

func TestBadBlobs(t *testing.T) {
	m := plainRepo()
	m.items = append(m.items, gittree.Item{Path: "huge", Mode: gittree.File, Hash: strings.Repeat("cd", 20), Size: maxBlob + 1})
	hash := "GET /repos/acme/shop/git/blobs/" + gittree.BlobHash([]byte("module m\n"))
	for _, tt := range []struct {
		file string
		blob answer
		want string
	}{
		{"huge", answer{}, "more than 8388608 are not read"},
		{"a/b/go.mod", blobAnswer([]byte("module evil\n")), "another file"},
		{"a/b/go.mod", answer{body: `{"encoding":"base64","content":"!!"}`}, "illegal base64"},
		{"a/b/go.mod", answer{body: `{"encoding":"none","content":""}`}, `encoding "none"`},
		{"a/b/go.mod", answer{status: 404}, "404"},
	} {
		answers, _ := served(m)
		answers[hash] = []answer{tt.blob}
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, func(o *Options) { o.Cache = t.TempDir() })
		c, err := f.Open(t.Context(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // what was wrong is not kept
			if data, err := fs.ReadFile(c.FS, tt.file); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %q, %v, want %q", tt.file, data, err, tt.want)
			}
		}
		if err := c.Fetch(t.Context(), []string{tt.file}); err == nil != (tt.file == "huge") {
			t.Errorf("Fetch(%s) = %v", tt.file, err)
		}
	}
}

func TestFSEndsWithItsContext(t *testing.T) {
	answers, _ := served(plainRepo())
	server := newFake(t, answers)
	f, _, _ := testForge(t, server.URL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := f.Open(ctx, "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := fs.ReadFile(c.FS, "Dockerfile"); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadFile = %v", err)
	}
}
