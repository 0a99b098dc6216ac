package gomod

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
)

// findOthers finds the other modules of the go.work, and modules that replace this module by its folder.
func (f *finisher) findOthers() error {
	if f.work != nil {
		f.others = slices.DeleteFunc(slices.Clone(f.work.modules), func(m *mod) bool { return m.folder == f.folder })
	}
	return filepath.WalkDir(f.root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// The go command ignores modules in folders that begin with "." or "_" or are named
		// testdata; those in vendor and node_modules are copies.
		if e.IsDir() && file != f.root && (strings.ContainsAny(e.Name()[:1], "._") || slices.Contains([]string{"vendor", "node_modules", "testdata"}, e.Name())) {
			return fs.SkipDir
		}
		if e.IsDir() || e.Name() != "go.mod" {
			return nil
		}
		rel, err := filepath.Rel(f.root, filepath.Dir(file))
		if err != nil {
			return err
		}
		return f.addUser(filepath.ToSlash(rel))
	})
}

// addUser adds a module if it replaces the edited module by its folder. It ignores unreadable ones.
func (f *finisher) addUser(folder string) error {
	if folder == f.folder || slices.ContainsFunc(f.others, func(m *mod) bool { return m.folder == folder }) {
		return nil
	}
	m, err := f.load(folder)
	if err != nil {
		return unrefused(err)
	}
	if f.uses(m) && f.confined(m) == nil {
		f.others = append(f.others, m)
	}
	return nil
}

// uses reports whether a module replaces the edited module by its folder.
func (f *finisher) uses(m *mod) bool {
	return f.module != nil && slices.ContainsFunc(m.file.Replace, func(r *modfile.Replace) bool {
		return r.New.Version == "" && path.Join(m.folder, filepath.ToSlash(r.New.Path)) == f.folder
	})
}

// tidyOthers tidies the other modules that the moves have made untidy. It leaves
// those that were not tidy before.
func (f *finisher) tidyOthers(ctx context.Context) error {
	after, err := f.now()
	if err != nil {
		return err
	}
	var untidy []*mod
	for _, m := range f.others {
		// go work sync has changed only files that differ. A module that replaces the edited
		// one by its folder also needs the requirements that this has now.
		if !f.uses(m) && f.same(m, after) {
			continue
		}
		if tidy, err := f.isTidy(ctx, m); err != nil {
			return err
		} else if !tidy {
			untidy = append(untidy, m)
		}
	}
	if len(untidy) > 0 {
		if untidy, err = f.onceTidy(ctx, untidy, after); err != nil {
			return err
		}
	}
	for _, m := range untidy {
		if err := f.run(ctx, m.site(), "mod", "tidy"); err != nil {
			return inModule(m, err)
		}
	}
	return f.checkOthers(ctx)
}

// same reports whether the files of a module are unchanged since before the moves.
func (f *finisher) same(m *mod, now state) bool {
	for _, name := range []string{"go.mod", "go.sum"} {
		if name = path.Join(m.folder, name); !now[name].equal(f.start[name]) {
			return false
		}
	}
	return true
}

// isTidy reports whether a module is tidy. If the go command fails, it is not.
func (f *finisher) isTidy(ctx context.Context, m *mod) (bool, error) {
	diff, err := f.diff(ctx, m.site())
	return diff == "" && err == nil, unrefused(err)
}

// onceTidy returns the modules that were tidy before the moves.
func (f *finisher) onceTidy(ctx context.Context, all []*mod, after state) (kept []*mod, err error) {
	if err := f.set(f.start); err != nil {
		return nil, err
	}
	for _, m := range all {
		tidy, err := f.isTidy(ctx, m)
		if err != nil {
			return nil, err
		}
		if !tidy {
			continue
		}
		if err := f.wasVendored(ctx, m.site()); err != nil {
			return nil, err
		}
		kept = append(kept, m)
	}
	return kept, f.set(after)
}

// checkOthers checks the go lines of the other modules.
func (f *finisher) checkOthers(ctx context.Context) error {
	for _, m := range f.others { // go work sync and go mod tidy may raise them
		after, err := f.load(m.folder)
		if err == nil {
			err = f.checkGoLine(ctx, m, after, nil)
		}
		if err != nil {
			return inModule(m, err)
		}
	}
	return nil
}

// inModule adds the module to an error, because it is not the edited one.
func inModule(m *mod, err error) error {
	if no, ok := errors.AsType[*ecosystems.Refusal](err); ok {
		return refuse(no.Reason.Code, "in %s: %s", path.Join(m.folder, "go.mod"), no.Reason.Text)
	}
	return err
}
