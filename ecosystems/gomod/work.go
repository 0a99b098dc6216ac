package gomod

import (
	"context"
	"path"
	"slices"

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

// loadWork reads a go.work and the modules that it uses; nil if it does not exist.
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
	if no := tooNew(name, w.goLine, tool); no != nil {
		return nil, no
	}
	return w, f.confinedWork(w, file.Replace)
}

// confinedWork returns an error if a go.work or one of its modules has a replacement by a
// folder outside the repository.
func (f *finisher) confinedWork(w *work, replaced []*modfile.Replace) error {
	own := &mod{w.folder, &modfile.File{Replace: replaced}} // its replacements apply to all modules
	for _, m := range append([]*mod{own}, w.modules...) {
		if err := f.confined(m); err != nil {
			return err
		}
	}
	return nil
}

// open reads the manifest and the files that belong to it.
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
	if no := tooNew(f.manifest, f.module.language(), tool); no != nil {
		return no
	}
	if err := f.confined(f.module); err != nil {
		return err
	}
	if err := f.findWork(tool); err != nil {
		return err
	}
	return f.findOthers()
}

// findWork finds the go.work that the go command would use, within the repository. It
// ignores one that is invalid or does not use the module.
func (f *finisher) findWork(tool string) error {
	for dir := range ecosystems.Above(f.manifest) {
		w, err := f.loadWork(path.Join(dir, "go.work"), tool)
		switch {
		case err != nil:
			return unrefused(err)
		case w == nil:
			continue
		case slices.ContainsFunc(w.modules, func(m *mod) bool { return m.folder == f.folder }):
			f.work = w
		}
		return nil // the go command looks no further than the first go.work
	}
	return nil
}

// wasSynced finds out whether the modules of the go.work were in sync before the
// moves. If not, an update must not sync them either.
func (f *finisher) wasSynced(ctx context.Context) error {
	err := f.run(ctx, f.work.site(), "work", "sync")
	if err != nil && f.module == nil {
		return err
	}
	if failed := unrefused(err); failed != nil {
		return failed
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

// changed returns the first go.mod or go.work that differs between two states, "" for none.
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

// sync syncs the other modules of the go.work with the edited one. It also updates
// go.work.sum, which go work sync leaves to the next command.
func (f *finisher) sync(ctx context.Context) error {
	if f.work == nil {
		return nil
	}
	if f.module != nil && f.synced {
		if err := f.run(ctx, f.work.site(), "work", "sync"); err != nil {
			return err
		}
	}
	if f.start[f.work.file+".sum"] != nil {
		if err := f.run(ctx, f.work.site(), "list", "-e", "-test", "-f=", "all"); err != nil {
			return err
		}
	}
	return f.checkWork()
}

// checkWork checks the go line of the go.work.
func (f *finisher) checkWork() error {
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
