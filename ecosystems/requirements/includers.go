package requirements

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
)

// A step is one instruction of a file that affects where packages come from: an
// option, or an included file.
type step struct {
	option  lines.Option
	include string // the path of the file; "" for an option
}

// A graph holds the steps of the files of one repository. It reads each file once.
type graph struct {
	repo  fs.FS
	steps map[string][]step
	lost  map[string]bool // files with an unreadable line of options that may name an index
}

func newGraph(repo fs.FS) *graph {
	return &graph{repo: repo, steps: map[string][]step{}, lost: map[string]bool{}}
}

// includers returns the index options of files in the same and the parent folder
// that include this one. If it is installed through them, their indexes apply,
// and private names in it must not be sent to other indexes.
func includers(repo fs.FS, file string) indexes {
	g := newGraph(repo)
	dir := path.Dir(file)
	dirs := []string{dir, path.Dir(dir)}
	if dir == "." {
		dirs = dirs[:1]
	}
	var all indexes
	for _, d := range dirs {
		entries, err := fs.ReadDir(repo, d)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			other := path.Join(d, entry.Name())
			if other == file || entry.IsDir() || !match(other) && !strings.HasSuffix(other, ".in") || !g.includes(other) {
				continue
			}
			var x indexes
			seen := map[string]bool{}
			if g.walk(other, &x, seen, 0); seen[file] {
				all.join(x)
			}
		}
	}
	return all
}

// includes reports whether a file includes any other.
func (g *graph) includes(file string) bool {
	return slices.ContainsFunc(g.read(file), func(s step) bool { return s.include != "" })
}

// walk collects the options of a file and of all included files, in pip's order.
func (g *graph) walk(file string, x *indexes, seen map[string]bool, depth int) {
	seen[file] = true
	steps := g.read(file)
	x.unreadable = x.unreadable || g.lost[file]
	for _, s := range steps {
		switch {
		case s.include == "":
			x.option(s.option)
		case !seen[s.include] && depth < maxDepth && len(seen) < maxIncludes:
			g.walk(s.include, x, seen, depth+1)
		}
	}
}

// read returns the steps of a file; none for an unreadable one.
func (g *graph) read(file string) []step {
	if steps, ok := g.steps[file]; ok {
		return steps
	}
	g.steps[file] = nil // also for an unreadable file, so that it is tried only once
	data, err := readText(g.repo, file)
	if err != nil || !unreadable(data).IsZero() {
		return nil
	}
	for _, l := range lines.Logical(data) {
		if l.Text[0] == '-' { // options after a requirement belong to it alone
			g.line(file, l)
		}
	}
	return g.steps[file]
}

// line records the steps of a line of options.
func (g *graph) line(file string, l *lines.Line) {
	options, err := lines.Options(l.Text, 0)
	if err != nil {
		g.lost[file] = g.lost[file] || strings.Contains(l.Text, "://")
		return
	}
	for _, o := range options {
		s := step{option: o}
		if o.Name == "requirement" || o.Name == "constraint" {
			target, ok := inside(file, o.Value)
			switch {
			case ok:
				s.include = target
			case o.Name == "requirement":
				continue // a constraint stays as an option, which indexes.option records as unread
			}
		}
		g.steps[file] = append(g.steps[file], s)
	}
}

// inside returns the path of an included file, and whether it is inside the repository.
func inside(file, value string) (string, bool) {
	target := path.Join(path.Dir(file), strings.ReplaceAll(value, `\`, "/"))
	return target, fs.ValidPath(target) && target != "." && !path.IsAbs(value) && !strings.Contains(value, "://") && !strings.Contains(value, "${")
}
