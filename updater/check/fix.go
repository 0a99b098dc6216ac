package check

import (
	"fmt"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// A FixResult is the result of ApplyFixes.
type FixResult struct {
	Files   map[string]string // the new contents, by path
	Fixed   []Finding         // the findings whose fixes are in Files
	Refused []RefusedFix
}

// A RefusedFix is a fix that was not made.
type RefusedFix struct {
	Finding Finding
	Why     string
}

// ApplyFixes applies the fixes of findings in memory: the safe ones and, with
// all, those that may change behaviour. sources has the text of each checked
// file. again checks a file with a changed text: a fix is kept only if its
// finding is gone and there is no new one.
func ApplyFixes(findings []Finding, all bool, sources map[string]string, again func(file, src string) []Finding) FixResult {
	c := FixResult{Files: map[string]string{}}
	for _, file := range filesOf(findings) {
		m := fixer{change: &c, all: all, file: file, src: sources[file.path], again: again}
		m.applyAll()
	}
	return c
}

// filesOf groups findings, which are sorted by file, by their files.
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

// A fixer applies the fixes of one file.
type fixer struct {
	change *FixResult
	all    bool
	file   fileFindings
	src    string
	again  func(file, src string) []Finding
}

// maxFixes limits the fixes in one file, because the file is checked again after each.
const maxFixes = 200

// applyAll applies one fix after another. Each moves the text after it, so the next
// fix comes from the findings of the changed text.
func (m *fixer) applyAll() {
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
			tried[f.ID] = true // else the next round would begin with it again
			m.change.Refused = append(m.change.Refused, RefusedFix{f, err.Error()})
			continue
		}
		m.src, current = src, found
		m.change.Fixed = append(m.change.Fixed, f)
	}
}

func (m *fixer) wants(f *Finding) bool {
	return f.Fix.Writes() && (f.Fix.Kind == Safe || m.all)
}

// try applies one fix and checks the result.
func (m *fixer) try(f Finding, before []Finding) (src string, found []Finding, err error) {
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
	// A new file is not part of the text that again checks, so its finding counts as gone.
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

// onlyGone returns an error unless a fix removed its finding and added none.
func onlyGone(f Finding, before, after []Finding) error {
	left := map[string]int{}
	for _, g := range before {
		// Counted, because several findings may have the same identity.
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
