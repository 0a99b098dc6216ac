package gomod

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// vendorKind returns "mod" or "work" for a vendor folder beside a go.mod or go.work,
// "" for none.
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

// vendorAll updates all vendor folders.
func (f *finisher) vendorAll(ctx context.Context) error {
	now, err := f.now()
	if err != nil {
		return err
	}
	for _, m := range append(slices.Clone(f.others), f.module) {
		if m != nil && !f.same(m, now) { // nil for a go.work, which has no module of its own
			if err := f.vendor(ctx, m.site()); err != nil {
				return err
			}
		}
	}
	if f.work != nil {
		return f.vendor(ctx, f.work.site())
	}
	return nil
}

// vendor recreates a vendor folder if there is one of that kind.
func (f *finisher) vendor(ctx context.Context, at site) error {
	have, err := f.vendorKind(at.folder)
	if err != nil || have != at.kind() {
		return err
	}
	if err := f.watchFolder(path.Join(at.folder, "vendor")); err != nil {
		return err
	}
	return f.run(ctx, at, at.kind(), "vendor")
}

// wasVendored refuses a module whose vendor folder differs from the output of go mod
// vendor, for example by a patch, which would be lost. Missing files, such as those
// that git ignores, do no harm.
func (f *finisher) wasVendored(ctx context.Context, at site) error {
	have, err := f.vendorKind(at.folder)
	if err != nil || have != at.kind() {
		return err
	}
	temp, err := os.MkdirTemp("", "freshpin-vendor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := f.run(ctx, at, at.kind(), "vendor", "-o", temp); err != nil {
		return err
	}
	vendor := path.Join(at.folder, "vendor")
	names, err := f.files(vendor)
	if err != nil {
		return err
	}
	for _, name := range names {
		rel := strings.TrimPrefix(name, vendor+"/")
		if rel == "modules.txt" { // its format has changed between Go versions
			continue
		}
		c, err := f.read(name)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(temp, filepath.FromSlash(rel)))
		// git may have converted the line ends of files.
		if err != nil || string(toLF(want)) != string(toLF(c.data)) {
			return refuse(ecosystems.NotTidy, "%s is not as go %s vendor makes it, and would be lost", name, at.kind())
		}
	}
	return nil
}
