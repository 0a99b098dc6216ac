package check

import (
	"fmt"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Change is what the fixes of findings make of files.
type Change struct {
	Files   map[string]string // the new contents, by path
	Fixed   []Finding         // whose fixes are in Files
	Refused []Refusal
}

// A Refusal is a fix that was not made.
type Refusal struct {
	Finding Finding
	Why     string
}

// ApplyFixes makes the fixes of findings in memory: the safe ones, and with all those
// that change behaviour. sources holds the text of each file as it was judged.
// again judges a file with a changed text; a fix is kept only where that shows
// that its finding is gone and no other came.
func ApplyFixes(findings []Finding, all bool, sources map[string]string, again func(file, src string) []Finding) Change {
	c := Change{Files: map[string]string{}}
	for _, file := range filesOf(findings) {
		m := mender{change: &c, all: all, file: file, src: sources[file.path], again: again}
		m.mend()
	}
	return c
}

// filesOf returns the files with findings, in order.
func filesOf(findings []Finding) []fileFindings {
	var out []fileFindings
	for _, f := range findings {
		if n := len(out); n == 0 || out[n-1].path != f.At.File {
			out = append(out, fileFindings{path: f.At.File})
		}
		out[len(out)-1].findings = append(out[len(out)-1].findings, f)
	}
	return out
}

type fileFindings struct {
	path     string
	findings []Finding
}

// A mender makes the fixes of one file.
type mender struct {
	change *Change
	all    bool
	file   fileFindings
	src    string
	again  func(file, src string) []Finding
}

// maxFixes is how many fixes are made in one file at a time: each is judged by itself.
const maxFixes = 200

// mend makes one fix after the other: where text moved, the next is looked up again by its identity.
func (m *mender) mend() {
	current := m.file.findings
	tried := map[string]bool{}
	for n := 0; n < maxFixes; n++ {
		i := slices.IndexFunc(current, func(f Finding) bool { return m.wants(&f) && !tried[f.ID] })
		if i < 0 {
			return
		}
		f := current[i]
		src, found, err := m.try(f, current)
		if err != nil {
			tried[f.ID] = true
			m.change.Refused = append(m.change.Refused, Refusal{f, err.Error()})
			continue
		}
		m.src, current = src, found
		m.change.Fixed = append(m.change.Fixed, f)
	}
}

func (m *mender) wants(f *Finding) bool {
	return f.Fix.Writes() && (f.Fix.Kind == Safe || m.all)
}

// try makes one fix and judges the result.
func (m *mender) try(f Finding, before []Finding) (src string, found []Finding, err error) {
	for _, file := range f.Fix.Files {
		if _, there := m.change.Files[file.Path]; there {
			return "", nil, fmt.Errorf("%s is written by another fix already", file.Path)
		}
	}
	data, err := ecosystems.Apply([]byte(m.src), f.Fix.Edits)
	if err != nil {
		return "", nil, err
	}
	src = string(data)
	if len(f.Fix.Files) > 0 {
		for _, file := range f.Fix.Files {
			m.change.Files[path.Clean(file.Path)] = file.Text
		}
		if len(f.Fix.Edits) == 0 {
			return m.src, slices.DeleteFunc(slices.Clone(before), func(g Finding) bool { return g.ID == f.ID }), nil
		}
	}
	found = m.again(m.file.path, src)
	if err := onlyGone(f, before, found); err != nil {
		return "", nil, err
	}
	m.change.Files[m.file.path] = src
	return src, found, nil
}

// onlyGone holds that a fix silenced its finding and added none.
func onlyGone(f Finding, before, after []Finding) error {
	left := map[string]int{}
	for _, g := range before {
		left[g.Identity()]++
	}
	for _, g := range after {
		if left[g.Identity()]--; left[g.Identity()] < 0 {
			return fmt.Errorf("the edit would add a finding of %s", g.Rule)
		}
	}
	if left[f.Identity()] == 0 {
		return fmt.Errorf("the edit would not mend it")
	}
	return nil
}
