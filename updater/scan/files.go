package scan

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// A File is a file that an ecosystem reads.
type File struct {
	Path      string // in the FS of the tree
	Ecosystem string
}

// A Problem is a file or folder that could not be read. It does not stop the scan.
type Problem struct {
	Path string
	Err  error
}

// Files returns the files of a tree that ecosystems read, ordered by path, and
// the places that could not be read. The error is for a scan that could not begin.
func Files(t plan.Tree, ecos []ecosystems.Ecosystem) (files []File, problems []Problem, err error) {
	found, bad, err := find(t, ecos)
	for _, m := range found {
		files = append(files, File{m.path, m.eco.Info().Name})
	}
	for _, p := range bad {
		problems = append(problems, Problem{p.path, p.err})
	}
	return files, problems, err
}
