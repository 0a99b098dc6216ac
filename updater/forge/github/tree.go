package github

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
)

// Git's modes, as the API writes them.
const (
	modeFile   = "100644"
	modeExec   = "100755"
	modeLink   = "120000"
	modeFolder = "040000"
	modeModule = "160000" // a submodule: a commit of another repository
)

const (
	maxItems = 1_000_000 // files and folders of one repository
	maxLists = 400       // requests for one tree that GitHub does not list at once
)

// An item is a file, folder or submodule of a tree.
type item struct {
	Path string `json:"p"`
	Mode string `json:"m"`
	Hash string `json:"h"`
	Size int64  `json:"s,omitempty"`
}

// unneeded are folders that hold other people's files, in bulk. They are not
// opened where a tree is too large to be listed at once.
var unneeded = map[string]bool{
	".git": true, "node_modules": true, "third_party": true, "bower_components": true, "Pods": true, "__pycache__": true, ".venv": true,
}

// list returns everything that is in a tree. A tree that was listed once is not asked for again.
func (f *Forge) list(ctx context.Context, repo, tree string) ([]item, error) {
	var items []item
	if _, ok := f.store.get("tree", tree, func(data []byte) bool {
		return json.Unmarshal(data, &items) == nil && sound(items) == nil && addsUp(tree, items)
	}); ok {
		return items, nil
	}
	l := &lister{forge: f, repo: repo}
	if err := l.add(ctx, "", tree, true); err != nil {
		return nil, err
	}
	if err := sound(l.items); err != nil {
		return nil, fmt.Errorf("tree %s of %s: %w", tree, repo, err)
	}
	if !addsUp(tree, l.items) {
		// Old repositories hold modes and names that the API does not tell as they are.
		f.log.Debug("the listing of a tree does not add up to its name; it is not kept", "repo", repo, "tree", tree)
		return l.items, nil
	}
	if data, err := json.Marshal(l.items); err == nil {
		f.store.put("tree", tree, data)
	}
	return l.items, nil
}

// sound reports what no tree of git can hold.
func sound(items []item) error {
	for _, i := range items {
		if !isHash(i.Hash) {
			return fmt.Errorf("%q has no hash", clip(i.Path, 100))
		}
		if !fs.ValidPath(i.Path) || i.Path == "." || i.Size < 0 {
			return fmt.Errorf("%q is no path", clip(i.Path, 100))
		}
	}
	return nil
}

// A lister collects a tree: at once, or where GitHub cuts the list off, folder by folder.
type lister struct {
	forge *Forge
	repo  string
	items []item
	asked int
}

// add lists a folder and, if all, everything below it.
func (l *lister) add(ctx context.Context, dir, tree string, all bool) error {
	got, truncated, err := l.ask(ctx, tree, all)
	if err != nil {
		return err
	}
	if truncated && !all {
		return fmt.Errorf("%s: the folder %q holds more files than GitHub lists", l.repo, dir)
	}
	if !truncated {
		return l.take(dir, got)
	}
	if got, truncated, err = l.ask(ctx, tree, false); err != nil {
		return err
	}
	if truncated {
		return fmt.Errorf("%s: the folder %q holds more files than GitHub lists", l.repo, dir)
	}
	if err := l.take(dir, got); err != nil {
		return err
	}
	return l.descend(ctx, dir, got)
}

// descend lists the folders of a folder. Of vendor only the top is needed: vendor/modules.txt.
func (l *lister) descend(ctx context.Context, dir string, in []item) error {
	for _, i := range in {
		if i.Mode != modeFolder || unneeded[i.Path] {
			continue
		}
		if err := l.add(ctx, join(dir, i.Path), i.Hash, i.Path != "vendor"); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) take(dir string, got []item) error {
	if len(l.items)+len(got) > maxItems {
		return fmt.Errorf("%s: the repository holds more than %d files", l.repo, maxItems)
	}
	for _, i := range got {
		i.Path = join(dir, i.Path)
		l.items = append(l.items, i)
	}
	return nil
}

// ask sends one request.
//
// See https://docs.github.com/rest/git/trees#get-a-tree
func (l *lister) ask(ctx context.Context, tree string, all bool) ([]item, bool, error) {
	if l.asked++; l.asked > maxLists {
		return nil, false, fmt.Errorf("%s: the repository is too large: its files are not known after %d requests", l.repo, maxLists)
	}
	path := "repos/" + l.repo + "/git/trees/" + tree
	if all {
		path += "?recursive=1"
	}
	var t api.Tree
	if err := l.forge.do(ctx, http.MethodGet, path, nil, &t); err != nil {
		return nil, false, err
	}
	items := make([]item, 0, len(t.Entries))
	for _, e := range t.Entries {
		items = append(items, item{Path: e.GetPath(), Mode: e.GetMode(), Hash: e.GetSHA(), Size: int64(e.GetSize())})
	}
	return items, t.GetTruncated(), nil
}

func join(dir, base string) string {
	if dir == "" {
		return base
	}
	return dir + "/" + base
}

// files returns the entries of a listing that are files.
func files(items []item) map[string]forge.Entry {
	all := map[string]forge.Entry{}
	for _, i := range items {
		if strings.HasPrefix(i.Mode, "100") || i.Mode == modeLink {
			all[i.Path] = forge.Entry{Hash: i.Hash, Mode: i.Mode, Size: i.Size}
		}
	}
	return all
}
