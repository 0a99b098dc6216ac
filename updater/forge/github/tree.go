package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/gittree"
)

const (
	maxItems = 1_000_000 // files and folders of one repository
	maxLists = 400       // requests for one tree that GitHub does not list completely
)

// unneeded are folders with many third-party files. They are skipped if a tree is too
// large to be listed with one request.
var unneeded = map[string]bool{
	".git": true, "node_modules": true, "third_party": true, "bower_components": true, "Pods": true, "__pycache__": true, ".venv": true,
}

// list returns all entries of a tree, from the store if possible.
func (f *Forge) list(ctx context.Context, repo, tree string) ([]gittree.Item, error) {
	var items []gittree.Item
	if _, ok := f.store.get("tree", tree, func(data []byte) bool {
		return json.Unmarshal(data, &items) == nil && gittree.Sound(items) == nil && gittree.AddsUp(tree, items)
	}); ok {
		return items, nil
	}
	l := &lister{forge: f, repo: repo}
	if err := l.add(ctx, "", tree, true); err != nil {
		return nil, err
	}
	if err := gittree.Sound(l.items); err != nil {
		return nil, fmt.Errorf("tree %s of %s: %w", tree, repo, err)
	}
	if !gittree.AddsUp(tree, l.items) {
		// The API changes unusual modes and names of old repositories.
		f.log.Debug("the listing of a tree does not add up to its name; it is not kept", "repo", repo, "tree", tree)
		return l.items, nil
	}
	if data, err := json.Marshal(l.items); err == nil {
		f.store.put("tree", tree, data)
	}
	return l.items, nil
}

// A lister lists a tree with one request, or, if GitHub truncates the list, folder by folder.
type lister struct {
	forge *Forge
	repo  string
	items []gittree.Item
	asked int
}

// add lists a folder, with everything below it if all is true.
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
	// GitHub does not say what it left out, so the truncated list is dropped.
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

// descend lists the folders in a folder. Of vendor it needs only the top, for vendor/modules.txt.
func (l *lister) descend(ctx context.Context, dir string, in []gittree.Item) error {
	for _, i := range in {
		if i.Mode != gittree.Folder || unneeded[i.Path] {
			continue
		}
		if err := l.add(ctx, join(dir, i.Path), i.Hash, i.Path != "vendor"); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) take(dir string, got []gittree.Item) error {
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
func (l *lister) ask(ctx context.Context, tree string, all bool) ([]gittree.Item, bool, error) {
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
	items := make([]gittree.Item, 0, len(t.Entries))
	for _, e := range t.Entries {
		items = append(items, gittree.Item{Path: e.GetPath(), Mode: e.GetMode(), Hash: e.GetSHA(), Size: int64(e.GetSize())})
	}
	return items, t.GetTruncated(), nil
}

func join(dir, base string) string {
	if dir == "" {
		return base
	}
	return dir + "/" + base
}
