package helm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A requirement is a dependency of a chart, as Helm hashes it
// (helm.sh/helm/v3/pkg/chart, Dependency).
type requirement struct {
	Name         string   `json:"name" yaml:"name"`
	Version      string   `json:"version,omitempty" yaml:"version"`
	Repository   string   `json:"repository" yaml:"repository"`
	Condition    string   `json:"condition,omitempty" yaml:"condition"`
	Tags         []string `json:"tags,omitempty" yaml:"tags"`
	Enabled      bool     `json:"enabled,omitempty" yaml:"enabled"`
	ImportValues []any    `json:"import-values,omitempty" yaml:"import-values"`
	Alias        string   `json:"alias,omitempty" yaml:"alias"`
}

// digest returns the digest of a lock: the SHA-256 of the required and the locked
// dependencies as JSON (helm.sh/helm/v3/internal/resolver, HashReq).
func digest(required, locked []*requirement) (string, error) {
	data, err := json.Marshal([2][]*requirement{required, locked})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(data)), nil
}

// A lock is a Chart.lock beside its Chart.yaml.
type lock struct {
	file     string
	text     *yamlimage.Reader
	versions []*yaml.Node // in the order of the dependencies
	digest   *yaml.Node

	required, locked []*requirement
	places           []int // byte offsets of the required versions in the manifest; -1 if a version is not plain text
}

// readLock reads the lock of a chart. It returns an error if the lock does not
// belong to the chart. An equal digest proves that the package reads both files
// as Helm does.
func readLock(repo fs.FS, file string) (*lock, error) {
	l := &lock{file: path.Join(path.Dir(file), lockName(file))}
	manifest, err := open(repo, file)
	if err != nil {
		return nil, err
	}
	if l.text, err = open(repo, l.file); err != nil {
		return nil, err
	}
	required, err := dependencies(manifest.File)
	if err != nil {
		return nil, err
	}
	locked, err := dependencies(l.text.File)
	if err != nil {
		return nil, err
	}
	l.required, l.locked = required, locked
	for _, one := range manifest.List(manifest.Documents[0].Root, "dependencies") {
		place := -1
		if v := yamltext.Target(manifest.Field(one, "version")); v != nil {
			if at, ok := manifest.Scalar(v).Span(); ok {
				place = at.Start
			}
		}
		l.places = append(l.places, place)
	}
	root := l.text.Documents[0].Root
	for _, one := range l.text.List(root, "dependencies") {
		l.versions = append(l.versions, yamltext.Target(l.text.Field(one, "version")))
	}
	l.digest = yamltext.Target(l.text.Field(root, "digest"))
	sum, err := digest(required, locked)
	switch {
	case err != nil:
		return nil, err
	case l.digest == nil || l.digest.Value != sum || len(locked) != len(required) || len(l.versions) != len(locked) || len(l.places) != len(required):
		return nil, errors.New("its digest is not that of the dependencies")
	}
	return l, nil
}

// open reads a file of one document.
func open(repo fs.FS, file string) (*yamlimage.Reader, error) {
	in, err := yamlimage.Open(repo, file, nil)
	if err == nil && (len(in.Documents) != 1 || in.Documents[0].Root == nil) {
		err = fmt.Errorf("%s is not one document", path.Base(file))
	}
	return in, err
}

// dependencies reads the dependencies of a Chart.yaml or a Chart.lock.
func dependencies(f *yamltext.File) (list []*requirement, err error) {
	defer func() {
		if p := recover(); p != nil { // the YAML parser panics on some broken input
			err = fmt.Errorf("%s is not readable: %v", path.Base(f.Path), p)
		}
	}()
	var all struct {
		Dependencies []*requirement `yaml:"dependencies"`
	}
	if err := f.Documents[0].Root.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s is not as Helm has it", path.Base(f.Path))
	}
	for _, one := range all.Dependencies {
		if one == nil {
			return nil, fmt.Errorf("%s has an empty dependency", path.Base(f.Path))
		}
	}
	return all.Dependencies, nil
}

// Finishes reports whether a lock names the dependency too.
func (*Ecosystem) Finishes(d ecosystems.Dependency) bool {
	h, ok := d.Own.(chartState)
	return ok && h.locked
}

// Finish applies the moves to a chart and its lock. In the lock it changes the
// versions and the digest, which depends on both files alone; the time of the
// lock stays.
func (e *Ecosystem) Finish(_ context.Context, dir, manifest string, moves []ecosystems.Move) (done ecosystems.Finished, err error) {
	root, err := os.OpenRoot(dir) // no symbolic link leads out of it
	if err != nil {
		return done, err
	}
	defer root.Close()
	l, err := readLock(root.FS(), manifest)
	if err != nil {
		return done, refuse("%s cannot be renewed: %v", lockName(manifest), err)
	}
	before, err := fs.ReadFile(root.FS(), manifest)
	if err != nil {
		return done, err
	}
	var edits []ecosystems.Edit
	for _, m := range moves {
		more, err := e.Edit(m.Dependency, m.To)
		if err != nil {
			return done, err
		}
		edits = append(edits, more...)
	}
	after, err := ecosystems.Apply(before, edits)
	if err != nil {
		return done, err
	}
	renewed, err := l.renewed(manifest, after, moves)
	if err != nil {
		return done, err
	}
	for _, c := range []ecosystems.FileChange{{Path: manifest, Data: after}, {Path: l.file, Data: renewed}} {
		if err := overwrite(root, c); err != nil {
			// Helm rejects a changed chart with its old lock, so the chart goes back too.
			return ecosystems.Finished{}, errors.Join(err, overwrite(root, ecosystems.FileChange{Path: manifest, Data: before}))
		}
		done.Changes = append(done.Changes, c)
	}
	return done, nil
}

func refuse(format string, args ...any) *ecosystems.Refusal {
	return &ecosystems.Refusal{Reason: ecosystems.Reason{Code: ecosystems.ToolFail, Text: fmt.Sprintf(format, args...)}}
}

// overwrite writes an existing file of the copy and keeps its mode.
func overwrite(root *os.Root, c ecosystems.FileChange) error {
	info, err := root.Lstat(c.Path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return refuse("%s is not a regular file", c.Path)
	}
	return root.WriteFile(c.Path, c.Data, info.Mode().Perm())
}

// renewed returns the text of the lock after the moves; after is the edited manifest.
func (l *lock) renewed(manifest string, after []byte, moves []ecosystems.Move) ([]byte, error) {
	at := map[int]string{}
	for _, m := range moves {
		n := l.indexOf(m.Dependency)
		if n < 0 {
			return nil, refuse("%s does not hold %s", path.Base(l.file), m.Dependency.Name)
		}
		at[n] = m.To.Version.Text
	}
	edited := yamltext.Read(manifest, string(after), nil)
	if len(edited.Documents) != 1 || edited.Documents[0].Root == nil {
		return nil, refuse("%s cannot be read after the edit", path.Base(manifest))
	}
	required, err := dependencies(edited)
	if err != nil || len(required) != len(l.locked) {
		return nil, refuse("%s cannot be read after the edit", path.Base(manifest))
	}
	var edits []ecosystems.Edit
	// The order of the edits does not matter: Apply sorts them.
	for n, text := range at {
		moved := *l.locked[n]
		moved.Version = text
		l.locked[n] = &moved
		edit, err := l.edit(l.versions[n], text)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	sum, err := digest(required, l.locked)
	if err != nil {
		return nil, err
	}
	edit, err := l.edit(l.digest, sum)
	if err != nil {
		return nil, err
	}
	return ecosystems.Apply([]byte(l.text.Src), append(edits, edit))
}

// indexOf returns the index of a dependency in the lock, -1 for none.
func (l *lock) indexOf(d ecosystems.Dependency) int {
	n := slices.Index(l.places, d.At[0].Start)
	if n < 0 || l.locked[n].Name != d.Name || l.versions[n] == nil {
		return -1
	}
	return n
}

// edit replaces a scalar of the lock.
func (l *lock) edit(n *yaml.Node, text string) (ecosystems.Edit, error) {
	at, ok := l.text.Scalar(n).Span()
	if !ok {
		return ecosystems.Edit{}, refuse("%s is written with escapes or over several lines", path.Base(l.file))
	}
	old := l.text.Src[at.Start:at.End]
	if !strings.ContainsAny(l.text.Src[max(0, at.Start-1):at.Start], `"'`) {
		text = yamlimage.Quoted(text)
	}
	return ecosystems.Edit{At: at, Old: old, New: text}, nil
}
