package ecosystems

import (
	"iter"
	"path"
)

// Above returns the folder of a file and the folders above it, the nearest first. The
// last one is ".", the root of the repository.
func Above(file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for dir := path.Dir(file); yield(dir) && dir != "." && dir != "/"; {
			dir = path.Dir(dir)
		}
	}
}
