package helm

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A chart reads the dependencies of one chart.
type chart struct {
	*yamlimage.Reader
	repo  fs.FS
	state chartState
}

// dependencies reads the charts that a chart depends on. See
// https://helm.sh/docs/topics/charts/#chart-dependencies
func (c *chart) dependencies(root *yaml.Node) {
	for _, one := range c.List(root, "dependencies") {
		v := yamltext.Target(c.Field(one, "version"))
		name := c.Text(one, "name")
		if yamlimage.IsEmpty(v) || name == "" {
			continue
		}
		d := chartpin.Read(c.Reader, name, c.Text(one, "repository"), v)
		// Own carries both facts: Limit and Finish need the lock, Edit the pin.
		if h := c.state; h.locked || h.hasArchive(c.repo, name) {
			h.own, d.Own = d.Own, nil
			h.archive = h.hasArchive(c.repo, name)
			d.Own = h
		}
		c.Add(d)
	}
}

// chartState is the Own of a dependency whose chart has a lock or archives beside its Chart.yaml.
type chartState struct {
	folder  string // of the chart
	lock    string // the base name of its lock
	locked  bool   // there is a lock
	why     string // why the lock cannot be renewed; "" where it can
	archive bool   // the repository has the dependency itself, in the charts folder
	own     any    // the Own of package chartpin
}

// stateOf reads the lock beside a chart.
func stateOf(repo fs.FS, file string) chartState {
	h := chartState{folder: path.Dir(file), lock: lockName(file)}
	if info, err := fs.Stat(repo, path.Join(h.folder, h.lock)); err != nil || !info.Mode().IsRegular() {
		return h
	}
	h.locked = true
	if _, err := readLock(repo, file); err != nil {
		h.why = err.Error()
	}
	return h
}

// lockName returns the base name of the lock for a Chart.yaml or a requirements.yaml.
func lockName(file string) string {
	if strings.HasPrefix(path.Base(file), "requirements.") {
		return "requirements.lock"
	}
	return "Chart.lock"
}

// hasArchive reports whether the charts folder of a chart holds the dependency called name.
func (h chartState) hasArchive(repo fs.FS, name string) bool {
	if !fs.ValidPath(name) || strings.Contains(name, "/") { // the file decides about the name
		return false
	}
	if info, err := fs.Stat(repo, path.Join(h.folder, "charts", name)); err == nil && info.IsDir() {
		return true
	}
	entries, err := fs.ReadDir(repo, path.Join(h.folder, "charts"))
	if err != nil {
		return false
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), name+"-")
		// Another chart may have a longer name with the same beginning.
		if ok && strings.HasSuffix(rest, ".tgz") && rest[0] >= '0' && rest[0] <= '9' {
			return true
		}
	}
	return false
}

// bare returns a dependency with the Own that package chartpin gave it.
func bare(d ecosystems.Dependency) ecosystems.Dependency {
	if h, ok := d.Own.(chartState); ok {
		d.Own = h.own
	}
	return d
}

// Limit holds updates that would leave a lock or an archive in contradiction to the chart.
func (*Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	h, ok := d.Own.(chartState)
	if !ok || !h.archive && h.why == "" {
		return nil
	}
	why := fmt.Sprintf("%s names it too, and only helm dependency update renews both together: %s", h.lock, h.why)
	if h.archive {
		why = "the chart stands in " + path.Join(h.folder, "charts") + " too, and only helm dependency update brings another one"
	}
	return func(v version.Version) string {
		if d.Pin.Admits != nil && d.Pin.Admits(v) {
			return "" // the range admits it, so nothing is edited
		}
		return why
	}
}

// Edit returns the replacements that bring d to the target.
func (e *Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return e.Lookup.Edit(bare(d), to)
}
