package pyproject

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/pyproject/uvcommand"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Finishes reports whether the dependency is also in uv.lock.
func (*Ecosystem) Finishes(d ecosystems.Dependency) bool {
	l, ok := d.Own.(locked)
	return ok && l.lock == uvLock
}

// Finish applies the moves to the manifest and runs uv to renew the lock.
//
// uv runs in a folder of its own with the manifests of the workspace and the
// lock, and without the rest of the repository: no interpreter, no code to
// build, no build system. Finish refuses a result that moves another package
// (Drags); packages that the moves add or remove are allowed.
func (e *Ecosystem) Finish(ctx context.Context, dir, manifest string, moves []ecosystems.Move) (ecosystems.Finished, error) {
	root, err := os.OpenRoot(dir) // no symbolic link leads out of it
	if err != nil {
		return ecosystems.Finished{}, err
	}
	defer root.Close()
	p, ok := uvProjectOf(root.FS(), manifest)
	if !ok {
		return ecosystems.Finished{}, fmt.Errorf("%s has no uv.lock", manifest)
	}
	if why := p.refused(); why != "" {
		return ecosystems.Finished{}, refuse(ecosystems.Unsupported, "%s", why)
	}
	f := &finisher{Ecosystem: e, uvProject: p, root: root, manifest: manifest}
	return f.finish(ctx, moves)
}

// A finisher renews one lock.
type finisher struct {
	*Ecosystem
	*uvProject
	root     *os.Root
	manifest string
}

func refuse(code, format string, args ...any) *ecosystems.Refusal {
	return &ecosystems.Refusal{Reason: ecosystems.Reason{Code: code, Text: fmt.Sprintf(format, args...)}}
}

// finish edits the manifest, renews the lock, checks the result and writes both.
func (f *finisher) finish(ctx context.Context, moves []ecosystems.Move) (done ecosystems.Finished, err error) {
	name := below(f.uvProject.root, f.manifest)
	edited, err := f.edited(f.files[name], moves)
	if err != nil {
		return done, err
	}
	before := f.files[uvLock]
	was, err := readLock(before)
	if err != nil {
		return done, refuse(ecosystems.Unsupported, "%s is %v", uvLock, err)
	}
	var upgrade []string
	for _, m := range moves {
		upgrade = append(upgrade, m.Dependency.Package.Name+"=="+m.To.Version.Text)
	}
	after, is, err := f.lock(ctx, map[string]string{name: edited}, upgrade)
	if err != nil {
		return done, err
	}
	if err := f.judge(ctx, was, is, moves); err != nil {
		return done, err
	}
	if was.format != is.format {
		done.Tidied = fmt.Sprintf("%s (revision %s to %s)", uvLock, was.format, is.format)
	}
	for _, c := range []struct{ name, was, is string }{{name, f.files[name], edited}, {uvLock, before, after}} {
		if c.was == c.is {
			continue
		}
		file := path.Join(f.uvProject.root, c.name)
		if err := f.write(file, c.is); err != nil {
			return ecosystems.Finished{}, errors.Join(err, f.restore(name))
		}
		done.Changes = append(done.Changes, ecosystems.FileChange{Path: file, Data: []byte(c.is)})
	}
	return done, nil
}

// edited returns the manifest after the moves.
func (f *finisher) edited(text string, moves []ecosystems.Move) (string, error) {
	var edits []ecosystems.Edit
	for _, m := range moves {
		more, err := f.Edit(m.Dependency, m.To)
		if err != nil {
			return "", err
		}
		edits = append(edits, more...)
	}
	data, err := ecosystems.Apply([]byte(text), edits)
	return string(data), err
}

// lock runs uv on the files of the project, some of them replaced by those in
// instead, and returns the new lock.
func (f *finisher) lock(ctx context.Context, instead map[string]string, upgrade []string) (text string, l lockFile, err error) {
	if f.uv == nil {
		return "", l, noTool()
	}
	files := map[string][]byte{}
	for name, text := range f.files {
		if other, ok := instead[name]; ok {
			text = other
		}
		if path.Base(name) == "pyproject.toml" {
			if text, err = buildless(text); err != nil {
				return "", l, refuse(ecosystems.Unsupported, "%s: %v", name, err)
			}
		}
		files[name] = []byte(text)
	}
	data, err := f.uv.Lock(ctx, files, upgrade)
	failed, ran := errors.AsType[*uvcommand.Failure](err)
	switch {
	case errors.Is(err, uvcommand.ErrNone):
		return "", l, noTool()
	case ran && !failed.Unreached: // a server that is down is no property of the moves
		return "", l, refuse(ecosystems.ToolFail, "%s", failed.Text)
	case err != nil:
		return "", l, err
	}
	text = asBefore(data, f.files[uvLock])
	l, err = readLock(text)
	return text, l, err
}

func noTool() error {
	return refuse(ecosystems.NoTool, "no uv command here, so uv.lock is not renewed")
}

// asBefore gives a lock the line ends that it had before.
func asBefore(data []byte, before string) string {
	n := strings.Count(before, "\r\n")
	if n == 0 || n != strings.Count(before, "\n") { // mixed ones stay as uv writes them
		return string(data)
	}
	return strings.ReplaceAll(string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))), "\n", "\r\n")
}

// judge compares the locks: each moved package must have its target version, and no other package may have moved.
func (f *finisher) judge(ctx context.Context, was, is lockFile, moves []ecosystems.Move) error {
	asked := map[string]bool{}
	for _, m := range moves {
		name := m.Dependency.Package.Name
		asked[name] = true
		// One version is enough: a lock may hold several, each for other Pythons.
		if len(was.versions[name]) > 0 && !slices.ContainsFunc(is.versions[name], func(text string) bool { return sameVersion(text, m.To.Version) }) {
			no := refuse(ecosystems.ToolFail, "uv leaves %s at %s in %s", name, strings.Join(is.versions[name], " and "), uvLock)
			no.Moves = []string{name}
			return no
		}
	}
	others := moved(was, is, asked)
	if len(others) == 0 {
		return nil
	}
	// A lock that was out of date before is not the fault of the moves, and people
	// can mend it: the message distinguishes both.
	if _, fresh, err := f.lock(ctx, nil, nil); err == nil && len(moved(was, fresh, nil)) > 0 {
		return refuse(ecosystems.NotTidy, "%s does not fit its pyproject.toml: uv lock would already move %s", uvLock, some(moved(was, fresh, nil)))
	}
	return refuse(ecosystems.Drags, "%s would also move %s", uvLock, some(others))
}

func sameVersion(text string, v version.Version) bool {
	w, ok := pep440.Parse(text)
	return ok && version.Compare(w, v) == 0
}

// moved returns the packages that are in both locks with different versions,
// except those in but: "idna 2.5 to 2.6".
func moved(was, is lockFile, but map[string]bool) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(was.versions)) {
		old, now := was.versions[name], is.versions[name]
		// Packages that the moves add or remove are no moves of others.
		if len(now) > 0 && !but[name] && !slices.Equal(old, now) {
			list = append(list, fmt.Sprintf("%s %s to %s", name, strings.Join(old, " and "), strings.Join(now, " and ")))
		}
	}
	return list
}

// some returns the first element of a list and how many more there are.
func some(list []string) string {
	if len(list) > 1 {
		return fmt.Sprintf("%s, and %d more", list[0], len(list)-1)
	}
	return list[0]
}

// write writes a file of the copy and keeps its mode.
func (f *finisher) write(name, text string) error {
	mode := fs.FileMode(0o644)
	if info, err := f.root.Lstat(name); err == nil {
		if !info.Mode().IsRegular() { // a link would be followed to another file of the repository
			return refuse(ecosystems.ToolFail, "%s is not a regular file", name)
		}
		mode = info.Mode().Perm()
	}
	return f.root.WriteFile(name, []byte(text), mode)
}

// restore writes the original manifest and lock.
func (f *finisher) restore(manifest string) error {
	var err error
	for _, name := range []string{manifest, uvLock} {
		err = errors.Join(err, f.root.WriteFile(path.Join(f.uvProject.root, name), []byte(f.files[name]), 0o644))
	}
	return err
}
