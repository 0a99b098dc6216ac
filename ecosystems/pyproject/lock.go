package pyproject

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/internal/tomltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// uvLock is the only lock that this package renews.
const uvLock = "uv.lock"

// locks are the lock files of a project, by tool.
var locks = []string{uvLock, "poetry.lock", "pdm.lock", "pylock.toml"}

// locked is the Own of a dependency whose project has a lock.
type locked struct {
	lock string // its base name
	why  string // why the tool must not run on this project; "" if it may
	own  any    // the Own of package requirements
}

// unlocked returns a dependency with the Own that package requirements gave it.
func unlocked(d ecosystems.Dependency) ecosystems.Dependency {
	if l, ok := d.Own.(locked); ok {
		d.Own = l.own
	}
	return d
}

// lockFor returns the base name of the lock beside a project or in a workspace
// above it, "" for none, and why Freshpin cannot renew it, "" if it can.
func lockFor(repo fs.FS, file string) (lock, why string) {
	// Beside the project, uv.lock wins, because it can be renewed. One of a workspace above
	// does not: a project with a lock of its own is no member.
	beside := func(name string) bool { return exists(repo, path.Join(path.Dir(file), name)) }
	for _, name := range locks[1:] {
		if beside(name) && !beside(uvLock) {
			return name, heldBy[name]
		}
	}
	p, ok := uvProjectOf(repo, file)
	if !ok {
		return "", ""
	}
	return uvLock, p.refused()
}

// heldBy says why Freshpin does not renew a lock.
//
// Poetry builds source distributions to learn what they require and has no
// switch against it, uses an interpreter from .venv in the project, and installs
// the plugins that a project requires: each of these runs foreign code.
var heldBy = map[string]string{
	"poetry.lock": "poetry.lock holds what this project resolves to, and poetry cannot renew it without running code of the packages that it builds",
	"pdm.lock":    "pdm.lock holds what this project resolves to, and only pdm lock renews both together",
	"pylock.toml": "pylock.toml holds what this project resolves to, and only the tool that wrote it renews both together",
}

func exists(repo fs.FS, name string) bool {
	_, err := fs.Stat(repo, name)
	return err == nil
}

// A uvProject holds all files of a repository that uv receives to renew one uv.lock.
type uvProject struct {
	root  string            // the folder of the lock
	files map[string]string // their texts, by path below the root
	why   []string          // the reasons against running uv
}

// refused returns the first reason against running uv, "" for none.
func (p *uvProject) refused() string {
	if len(p.why) == 0 {
		return ""
	}
	return uvLock + " holds what this project resolves to, and uv is not run on it: " + p.why[0]
}

// maxMembers is the largest number of projects in a workspace.
const maxMembers = 500

// uvProjectOf finds the uv.lock of a project: beside it, or in the workspace
// above that it is a member of. It reports false if there is none.
func uvProjectOf(repo fs.FS, file string) (*uvProject, bool) {
	for dir := range ecosystems.Above(file) {
		if exists(repo, path.Join(dir, uvLock)) {
			p := &uvProject{root: dir, files: map[string]string{}}
			p.read(repo)
			_, member := p.files[below(dir, file)]
			return p, member || dir == path.Dir(file)
		}
	}
	return nil, false
}

// below returns a path relative to a folder above it.
func below(dir, file string) string {
	return strings.TrimPrefix(file, dir+"/") // unchanged below "."
}

// read reads the project at the root, its members and the lock.
func (p *uvProject) read(repo fs.FS) {
	p.take(repo, uvLock, maxLock)
	p.take(repo, "pyproject.toml", maxManifest)
	s := readSettings(p.files["pyproject.toml"], nil)
	p.why = append(p.why, s.why...)
	if text, ok := p.take(repo, "uv.toml", maxManifest); ok {
		p.why = append(p.why, readSettings(text, []string{"tool", "uv"}).why...)
	}
	for _, dir := range p.members(repo, s) {
		text, ok := p.take(repo, path.Join(dir, "pyproject.toml"), maxManifest)
		if !ok {
			continue
		}
		m := readSettings(text, nil)
		p.why = append(p.why, m.why...)
		if !m.project {
			p.why = append(p.why, dir+"/pyproject.toml has no name in [project], so uv would have to build it")
		}
	}
	// Now, because a build system that cannot be taken out holds the updates: in Finish it would fail them.
	for name, text := range p.files {
		if path.Base(name) != "pyproject.toml" {
			continue
		}
		if _, err := buildless(text); err != nil {
			p.why = append(p.why, name+": "+err.Error())
		}
	}
}

const (
	maxManifest = 1 << 20 // in bytes
	maxLock     = 32 << 20
)

// take reads a file below the root, up to limit bytes, into files.
func (p *uvProject) take(repo fs.FS, name string, limit int64) (string, bool) {
	text, why, err := imagepin.LoadUpTo(repo, path.Join(p.root, name), limit)
	if err != nil {
		return "", false
	}
	if !why.IsZero() {
		p.why = append(p.why, name+" is not readable: "+why.Text)
		return "", false
	}
	p.files[name] = text
	return text, true
}

// members returns the folders of a workspace's members, without the root.
func (p *uvProject) members(repo fs.FS, s *settings) (dirs []string) {
	sub, err := fs.Sub(repo, p.root)
	if err != nil {
		return nil
	}
	for _, pattern := range s.members {
		pattern = path.Clean(pattern)
		found, err := fs.Glob(sub, pattern)
		// "**" means a star to Glob, and folders of any depth to uv.
		if err != nil || strings.Contains(pattern, "**") || !fs.ValidPath(pattern) {
			p.why = append(p.why, fmt.Sprintf("the members %q of its workspace are not read", pattern))
			continue
		}
		for _, dir := range found {
			out := slices.ContainsFunc(s.exclude, func(x string) bool { ok, _ := path.Match(path.Clean(x), dir); return ok })
			if !out && dir != "." && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	if len(dirs) > maxMembers {
		p.why = append(p.why, fmt.Sprintf("its workspace has more than %d members", maxMembers))
		return nil
	}
	return dirs
}

// settings are the settings of a pyproject.toml that matter to uv.
type settings struct {
	project          bool // it has a name
	members, exclude []string
	why              []string // the reasons against running uv on it
}

// harmless are the settings of uv (tool.uv) that change only what is
// resolved. A setting that changes what is read, run or written on this
// machine, or how servers are reached, is not harmless; nor is an unknown one.
var harmless = lazyregexp.New(`^(?:managed|package|required-version|resolution|prerelease|fork-strategy|index-strategy|exclude-newer|exclude-newer-package .*|` +
	`(?:dev|constraint|override|exclude|build-constraint)-dependencies \[\]|default-groups(?: \[\])?|dependency-groups .*|(?:required-)?environments(?: \[\])?|conflicts .*|` +
	`no-build|no-binary|no-(?:build|binary)-package \[\]|link-mode|compile-bytecode|cache-keys .*|build-backend .*|dependency-metadata .*|` +
	`workspace (?:members|exclude) \[\]|sources \S+ (?:\[\] )?(?:workspace|index|marker|extra|group)|index (?:\[\] )?(?:name|url|default|explicit|format|authenticate|ignore-error-codes \[\]|cache-control .*)|index-url|extra-index-url \[\])$`)

// indexKeys are the harmless settings that name an index.
var indexKeys = lazyregexp.New(`^(?:index (?:\[\] )?url|index-url|extra-index-url \[\])$`)

// dynamics are the fields that, if dynamic, uv learns only by building the project.
var dynamics = []string{"version", "dependencies", "optional-dependencies", "requires-python"}

// readSettings reads a pyproject.toml. For a uv.toml, prefix is the table of a
// pyproject.toml that it replaces.
func readSettings(text string, prefix []string) *settings {
	s := &settings{}
	_, err := tomltext.Visit(text, nil, func(path []string, n *unstable.Node) {
		s.value(strings.Join(slices.Concat(prefix, path), " "), n)
	})
	if err != nil {
		s.why = append(s.why, "one of its settings is "+err.Error())
	}
	return s
}

// value reads one value, by the path of its keys.
func (s *settings) value(path string, n *unstable.Node) {
	text := string(n.Data)
	switch {
	case path == "project name":
		s.project = true
	case path == "project dynamic []" && slices.Contains(dynamics, text):
		s.refuse("its %s is dynamic, so uv would have to build it", text)
	case requirementLists.MatchString(path) && strings.Contains(text, "@"):
		s.refuse("%.60q is taken from an address or a folder", text)
	}
	key, ok := strings.CutPrefix(path, "tool uv ")
	switch {
	case !ok: // of another tool
	case key == "workspace members []":
		s.members = append(s.members, text)
	case key == "workspace exclude []":
		s.exclude = append(s.exclude, text)
	case strings.HasPrefix(key, "pip "): // only "uv pip" reads it
	case !harmless.MatchString(key):
		s.refuse("tool.uv.%.60s may lead it to other places", strings.ReplaceAll(strings.ReplaceAll(key, " []", ""), " ", "."))
	case indexKeys.MatchString(key) && (!strings.HasPrefix(text, "https://") || strings.Contains(strings.TrimPrefix(text, "https://"), "@")):
		s.refuse("one of its indexes is not asked by https, or needs a login")
	}
}

func (s *settings) refuse(format string, args ...any) {
	s.why = append(s.why, fmt.Sprintf(format, args...))
}

// A lockFile is the parsed content of a uv.lock.
type lockFile struct {
	format   string              // its revision: "3"
	versions map[string][]string // of each package, by its name in the form of PEP 503, sorted
}

// readLock parses a uv.lock.
func readLock(text string) (lockFile, error) {
	l := lockFile{versions: map[string][]string{}}
	name, version := "", ""
	add := func() {
		if name != "" {
			l.versions[name] = append(l.versions[name], version)
		}
		name, version = "", ""
	}
	_, err := tomltext.Visit(text, func(table []string) {
		if len(table) == 1 && table[0] == "package" {
			add()
		}
	}, func(path []string, n *unstable.Node) {
		switch strings.Join(path, " ") {
		case "revision":
			l.format = string(n.Data)
		case "package name":
			name = pypi.Normal(string(n.Data))
		case "package version":
			version = string(n.Data)
		}
	})
	add() // the last package
	for _, list := range l.versions {
		slices.Sort(list)
	}
	return l, err
}

// Limit holds updates that would leave a lock in contradiction to the project.
func (e *Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	l, ok := d.Own.(locked)
	if !ok {
		return nil
	}
	// Whether uv is installed is asked late, because only projects with a uv.lock need it.
	if l.lock == uvLock && l.why == "" {
		if e.uv != nil && e.uv.There() {
			return nil
		}
		l.why = uvLock + " holds what this project resolves to, and there is no uv here to renew it"
	}
	return func(v version.Version) string {
		if d.Pin.Admits != nil && d.Pin.Admits(v) {
			return "" // the constraint admits it, so no edit contradicts the lock
		}
		return l.why
	}
}
