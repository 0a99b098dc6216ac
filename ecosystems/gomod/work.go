package gomod

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
)

// A work is a go.work of the repository.
type work struct {
	file    string // "go.work"
	folder  string // "."
	modules []*mod
	goLine  string
}

// loadWork reads a go.work and the modules that it uses; nil where there is none.
func (f *finisher) loadWork(name, tool string) (*work, error) {
	if err := f.watch(name, name+".sum"); err != nil {
		return nil, err
	}
	c, err := f.read(name)
	if c == nil || err != nil {
		return nil, err
	}
	file, err := modfile.ParseWork(name, c.data, asWritten)
	if err != nil {
		return nil, refuse(ecosystems.ToolFail, "%s", cause(err))
	}
	w := &work{file: name, folder: path.Dir(name)}
	if file.Go != nil {
		w.goLine = file.Go.Version
	}
	for _, u := range file.Use {
		folder, err := f.inside(w.folder, u.Path)
		if err != nil {
			return nil, err
		}
		m, err := f.load(folder)
		if err != nil {
			return nil, err
		}
		w.modules = append(w.modules, m)
	}
	if err := tooNew(name, w.goLine, tool); err != nil {
		return nil, err
	}
	return w, f.confinedWork(w, file.Replace)
}

// confinedWork checks that no folder outside the repository is in use.
func (f *finisher) confinedWork(w *work, replaced []*modfile.Replace) error {
	all := append([]*mod{{w.folder, &modfile.File{Replace: replaced}}}, w.modules...)
	for _, m := range all {
		if err := f.confined(m); err != nil {
			return err
		}
	}
	return nil
}

// open reads the manifest and what hangs together with it.
func (f *finisher) open(tool string) (err error) {
	if path.Base(f.manifest) == "go.work" {
		f.work, err = f.loadWork(f.manifest, tool)
		if err == nil {
			f.others = f.work.modules
		}
		return err
	}
	if f.module, err = f.load(f.folder); err != nil {
		return err
	}
	if err := tooNew(f.manifest, f.module.language(), tool); err != nil {
		return err
	}
	if err := f.confined(f.module); err != nil {
		return err
	}
	if err := f.findWork(tool); err != nil {
		return err
	}
	return f.findOthers()
}

// findWork finds the go.work that the go command would find, as far as the
// repository goes. One that cannot be used, or does not use the module, is left alone.
func (f *finisher) findWork(tool string) error {
	for dir := f.folder; ; dir = path.Dir(dir) {
		w, err := f.loadWork(path.Join(dir, "go.work"), tool)
		var no *ecosystems.Refusal
		if err != nil && !errors.As(err, &no) {
			return err
		}
		if err == nil && w != nil && slices.ContainsFunc(w.modules, func(m *mod) bool { return m.folder == f.folder }) {
			f.work = w
		}
		if err != nil || w != nil || dir == "." {
			return nil
		}
	}
}

// findOthers finds the other modules of the go.work, and those that replace this module by its folder.
func (f *finisher) findOthers() error {
	if f.work != nil {
		f.others = slices.DeleteFunc(slices.Clone(f.work.modules), func(m *mod) bool { return m.folder == f.folder })
	}
	return filepath.WalkDir(f.root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
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

// addUser adds a module, if it replaces the one that is moved by its folder. One that cannot be read is nobody's user.
func (f *finisher) addUser(folder string) error {
	if folder == f.folder || slices.ContainsFunc(f.others, func(m *mod) bool { return m.folder == folder }) {
		return nil
	}
	m, err := f.load(folder)
	var no *ecosystems.Refusal
	if errors.As(err, &no) {
		return nil
	}
	if err != nil {
		return err
	}
	if f.uses(m) && f.confined(m) == nil {
		f.others = append(f.others, m)
	}
	return nil
}

// uses reports whether a module replaces the one that is moved by its folder.
func (f *finisher) uses(m *mod) bool {
	return f.module != nil && slices.ContainsFunc(m.file.Replace, func(r *modfile.Replace) bool {
		return r.New.Version == "" && path.Join(m.folder, filepath.ToSlash(r.New.Path)) == f.folder
	})
}

// wasSynced finds out whether the modules of the go.work are kept in step. If
// not, nobody wants them to be brought there along with an update.
func (f *finisher) wasSynced(ctx context.Context) error {
	if f.work == nil {
		return nil
	}
	err := f.run(ctx, f.work.folder, f.work.file, "work", "sync")
	var no *ecosystems.Refusal
	if err != nil && (f.module == nil || !errors.As(err, &no)) {
		return err
	}
	now, failed := f.now()
	if failed != nil {
		return failed
	}
	changed := f.changed(f.start, now)
	f.synced = err == nil && changed == ""
	if f.module == nil && changed != "" {
		return refuse(ecosystems.NotTidy, "go work sync has something to do before any update: it changes %s", changed)
	}
	return f.set(f.start)
}

// changed returns the first go.mod or go.work that differs, "" for none.
func (f *finisher) changed(a, b state) string {
	for _, m := range f.work.modules {
		if name := path.Join(m.folder, "go.mod"); !a[name].equal(b[name]) {
			return name
		}
	}
	if !a[f.work.file].equal(b[f.work.file]) {
		return f.work.file
	}
	return ""
}

// sync brings the other modules of the go.work into step with the one that was
// moved, and its sums, which go work sync leaves to the next command.
func (f *finisher) sync(ctx context.Context) error {
	if f.work == nil {
		return nil
	}
	if f.module != nil && f.synced {
		if err := f.run(ctx, f.work.folder, f.work.file, "work", "sync"); err != nil {
			return err
		}
	}
	if f.start[f.work.file+".sum"] != nil {
		if err := f.run(ctx, f.work.folder, f.work.file, "list", "-e", "-test", "-f=", "all"); err != nil {
			return err
		}
	}
	return f.sameWork()
}

// sameWork checks the go line of the go.work.
func (f *finisher) sameWork() error {
	c, err := f.read(f.work.file)
	if err != nil {
		return err
	}
	file, err := modfile.ParseWork(f.work.file, c.data, asWritten)
	if err != nil {
		return err
	}
	if file.Go != nil && file.Go.Version != f.work.goLine {
		return refuse(ecosystems.Drags, "the go line of %s would be %s, not %s", f.work.file, file.Go.Version, f.work.goLine)
	}
	return nil
}

// tidyOthers tidies the other modules that the moves made untidy. Those that
// were not tidy before stay as they are.
func (f *finisher) tidyOthers(ctx context.Context) error {
	after, err := f.now()
	if err != nil {
		return err
	}
	var untidy []*mod
	for _, m := range f.others {
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
		if err := f.run(ctx, m.folder, "", "mod", "tidy"); err != nil {
			return inModule(m, err)
		}
	}
	return f.sameOthers(ctx)
}

// same reports whether the files of a module are as they were before the moves.
func (f *finisher) same(m *mod, now state) bool {
	for _, name := range []string{"go.mod", "go.sum"} {
		if name = path.Join(m.folder, name); !now[name].equal(f.start[name]) {
			return false
		}
	}
	return true
}

// isTidy asks the go command; where it refuses to say, a module is not tidy.
func (f *finisher) isTidy(ctx context.Context, m *mod) (bool, error) {
	diff, err := f.diff(ctx, m.folder)
	var no *ecosystems.Refusal
	if errors.As(err, &no) {
		return false, nil
	}
	return diff == "", err
}

// onceTidy returns those of the modules that were tidy before the moves.
func (f *finisher) onceTidy(ctx context.Context, all []*mod, after state) (kept []*mod, err error) {
	if err := f.set(f.start); err != nil {
		return nil, err
	}
	for _, m := range all {
		tidy, err := f.isTidy(ctx, m)
		if err != nil {
			return nil, err
		}
		if tidy {
			kept = append(kept, m)
		}
	}
	return kept, f.set(after)
}

// sameOthers checks the go lines of the other modules.
func (f *finisher) sameOthers(ctx context.Context) error {
	for _, m := range f.others {
		after, err := f.load(m.folder)
		if err == nil {
			err = f.sameGo(ctx, m, after, nil)
		}
		if err != nil {
			return inModule(m, err)
		}
	}
	return nil
}

// inModule says in which module the trouble is, for it is not the one that was to be moved.
func inModule(m *mod, err error) error {
	var no *ecosystems.Refusal
	if errors.As(err, &no) {
		return refuse(no.Reason.Code, "in %s: %s", path.Join(m.folder, "go.mod"), no.Reason.Text)
	}
	return err
}

// vendorKind returns "mod" or "work" for the vendor folder that the go command
// keeps beside a go.mod or go.work, "" for none.
func (f *finisher) vendorKind(folder string) (string, error) {
	c, err := f.read(path.Join(folder, "vendor", "modules.txt"))
	switch {
	case c == nil || err != nil:
		return "", err
	case strings.HasPrefix(string(c.data), "## workspace"):
		return "work", nil
	}
	return "mod", nil
}

// vendorAll brings the vendor folders into step.
func (f *finisher) vendorAll(ctx context.Context) error {
	now, err := f.now()
	if err != nil {
		return err
	}
	for _, m := range append(slices.Clone(f.others), f.module) {
		if m != nil && !f.same(m, now) {
			if err := f.vendor(ctx, m.folder, "mod", ""); err != nil {
				return err
			}
		}
	}
	if f.work != nil {
		return f.vendor(ctx, f.work.folder, "work", f.work.file)
	}
	return nil
}

// vendor makes a vendor folder anew, if there is one of the kind.
func (f *finisher) vendor(ctx context.Context, folder, kind, work string) error {
	have, err := f.vendorKind(folder)
	if err != nil || have != kind {
		return err
	}
	if err := f.watchFolder(path.Join(folder, "vendor")); err != nil {
		return err
	}
	return f.run(ctx, folder, work, kind, "vendor")
}

// wasVendored holds a module whose vendor folder holds what go mod vendor would
// not put there, such as a patch: it would be lost. What is missing there, as
// files that git ignores, harms nobody.
func (f *finisher) wasVendored(ctx context.Context, folder, kind string) error {
	have, err := f.vendorKind(folder)
	if err != nil || have != kind {
		return err
	}
	temp, err := os.MkdirTemp("", "freshpin-vendor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := f.run(ctx, folder, "", kind, "vendor", "-o", temp); err != nil {
		return err
	}
	vendor := path.Join(folder, "vendor")
	names, err := f.files(vendor)
	if err != nil {
		return err
	}
	for _, name := range names {
		c, err := f.read(name)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, vendor+"/")
		want, err := os.ReadFile(filepath.Join(temp, filepath.FromSlash(rel)))
		if rel == "modules.txt" { // has had several forms
			continue
		}
		if err != nil || string(toLF(want)) != string(toLF(c.data)) {
			return refuse(ecosystems.NotTidy, "%s is not as go mod vendor makes it, and would be lost", name)
		}
	}
	return nil
}
