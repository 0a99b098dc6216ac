package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/policy"
)

// Overrides are the settings from outside a repository, and the context of its files.
type Overrides struct {
	Allow    *version.Level // from the command line; nil for none
	Operator *Operator      // nil for none

	Ecosystems ecosystems.Infos // that settings may name; nil allows any name
	Branch     string           // base branch of the files, for match: branch; "" if unknown
	Home       bool             // Branch is the default branch
}

// On returns the overrides for the files of a branch; home is true for the default branch.
func (o Overrides) On(branch string, home bool) Overrides {
	o.Branch, o.Home = branch, home
	return o
}

// branches returns the names of the files' branch in rules.
func (o Overrides) branches() (names []string) {
	if o.Branch != "" {
		names = append(names, o.Branch)
	}
	if o.Home {
		names = append(names, Home)
	}
	return names
}

// A Tree holds the settings of one repository. It reads the files when they are
// needed, so use it for one scan only. It is not safe for concurrent use.
type Tree struct {
	repo  fs.FS
	over  Overrides
	files map[string]*File // by folder; nil if there is none in it or above it
	errs  []error
}

// Load returns the settings of a repository. It reads no file yet.
func Load(repo fs.FS, over Overrides) *Tree {
	return &Tree{repo: repo, over: over, files: map[string]*File{}}
}

// Err returns all mistakes in the files that have been read so far, each an
// *Error, joined; nil if there are none.
func (t *Tree) Err() error { return errors.Join(t.errs...) }

// Unused returns the rules that have not matched so far, as "FILE:LINE", in order.
func (t *Tree) Unused() []string {
	var unused []string
	for _, f := range t.files {
		if f == nil {
			continue
		}
		for n := range f.Rules {
			// One file is the nearest of many folders, and stands in files for each of them.
			if where := fmt.Sprintf("%s:%d", f.name, f.lines[fmt.Sprintf("rules[%d]", n)]); !f.used[n] && !slices.Contains(unused, where) {
				unused = append(unused, where)
			}
		}
	}
	slices.Sort(unused)
	return unused
}

// nearest returns the settings of a folder, or of the nearest folder above it that has some.
func (t *Tree) nearest(dir string) *File {
	if f, ok := t.files[dir]; ok {
		return f
	}
	name := path.Join(dir, Name)
	data, err := localfs.ReadFile(t.repo, name, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		// A file that is there and cannot be read counts: passing it over would drop its rules.
		if other, e := localfs.ReadFile(t.repo, path.Join(dir, shortName), maxSize); !errors.Is(e, fs.ErrNotExist) {
			name, data, err = path.Join(dir, shortName), other, e
		}
	}
	var f *File
	switch {
	case err == nil:
		var errs []error
		f, errs = Parse(name, data, t.over.Ecosystems)
		t.errs = append(t.errs, errs...)
	// The settings above do not take its place: they may allow what this file forbids.
	case !errors.Is(err, fs.ErrNotExist):
		t.errs = append(t.errs, &Error{name, 1, localfs.Bare(err).Error(), ""})
	case dir != ".":
		f = t.nearest(path.Dir(dir))
	}
	t.files[dir] = f
	return f
}

// For returns the policy for a dependency of a file at the time now. Later ones
// override earlier ones: the operator's defaults, the file's choice, its rules in
// order, the command line, the operator's enforced settings. If the line is still
// auto after that, the built-in rules apply.
func (t *Tree) For(dep ecosystems.Dependency, file string, now time.Time) policy.Policy {
	p, d := defaults(), subject{dep, t.over.Ecosystems.KindOf(dep.Package.Kind), t.over.branches()}
	op := t.over.Operator
	if op != nil {
		op.below(&p, d, file, now)
	}
	if f := t.nearest(path.Dir(file)); f != nil {
		f.apply(&p, d, file, now)
	}
	if t.over.Allow != nil {
		p.Allow = *t.over.Allow
		p.Why = append(p.Why, "allow: "+p.Allow.String()+" by the command line")
	}
	if op != nil {
		op.above(&p, d, file, now)
	}
	builtIn(&p, d)
	return p
}

// A Repository holds the settings at the root for the repository as a whole.
type Repository struct {
	Limit     int    // on open pull requests
	Dashboard string // "true", "false", "auto"
	Schedule  string // cron expression; "" for none
	Timezone  string // of the schedule; "" for none

	Branches []Branch // base branches; none means only the default branch
}

// String returns the settings in one line: "limit 3, dashboard auto, schedule 0 6 * * 1 (UTC)".
func (r Repository) String() string {
	schedule := "by the run, or once a week by the service"
	if r.Schedule != "" {
		schedule = r.Schedule
		if r.Timezone != "" {
			schedule += " (" + r.Timezone + ")"
		}
	}
	limit := fmt.Sprintf("at most %d pull requests open", r.Limit)
	switch r.Limit {
	case 0:
		limit = "limit 0: no pull request but security fixes"
	case 1:
		limit = "at most 1 pull request open"
	}
	text := fmt.Sprintf("%s, dashboard %s, schedule %s", limit, r.Dashboard, schedule)
	for n, b := range r.Branches {
		text += map[bool]string{true: ", base branches ", false: " "}[n == 0] + b.String()
	}
	return text
}

// Repository returns the settings for the repository as a whole.
func (t *Tree) Repository() Repository {
	r := Repository{Limit: 3, Dashboard: "auto"}
	f := t.nearest(".")
	if f == nil {
		return r
	}
	if f.Limit != nil {
		r.Limit = int(*f.Limit)
	}
	r.Dashboard = given(f.Dashboard, r.Dashboard)
	r.Schedule, r.Timezone = given(f.Schedule, ""), given(f.Timezone, "")
	r.Branches = f.Branches
	return r
}

// given returns the text of a setting, or another one where it is not set.
func given[T ~string](setting *T, otherwise string) string {
	if setting == nil {
		return otherwise
	}
	return string(*setting)
}

// Reads reports whether the nearest settings enable an ecosystem for a file.
func (t *Tree) Reads(ecosystem, file string) bool {
	f := t.nearest(path.Dir(file))
	return f == nil || f.Kinds == nil || slices.Contains(f.Kinds, value.Kind(ecosystem))
}

// builtIn applies the built-in rules to a policy whose line is auto.
func builtIn(p *policy.Policy, d subject) {
	if p.Line != policy.LineAuto {
		return
	}
	for _, b := range builtins() {
		if b.kind == d.Package.Kind && b.pattern.Matches(d.Package.Name) {
			p.Line, p.NeverPatches = b.line, b.since
			p.Why = append(p.Why, "line: "+b.word+" by a built-in rule: "+b.reason)
		}
	}
}

// Ignores reports whether a path is excluded: by ignore in the nearest settings, or
// because it contains third-party code.
func (t *Tree) Ignores(p string, dir bool) bool {
	if dir && slices.Contains([]string{"vendor", "third_party", "node_modules"}, path.Base(p)) {
		return true
	}
	f := t.nearest(path.Dir(p))
	return f != nil && f.listed(f.Ignore, p)
}

// listed reports whether a list of globs has a path.
func (f *File) listed(globs []value.Glob, p string) bool {
	return slices.ContainsFunc(globs, func(g value.Glob) bool {
		// A pattern for a folder may end in a slash, a path never does.
		return value.Pattern{Text: strings.TrimSuffix(string(g), "/")}.Matches(f.relative(p))
	})
}

// Annotated reports whether the settings list a file whose comments name the
// dependency of each version in it.
func (t *Tree) Annotated(p string) bool {
	f := t.nearest(path.Dir(p))
	return f != nil && f.listed(f.Annotated, p)
}
