package edit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// maxLinks limits the symbolic links in a path, as Linux does (path_resolution(7)).
const maxLinks = 40

// The errors of follow.
var (
	errOutside = errors.New("a symbolic link leads out of the repository")
	errLoop    = fmt.Errorf("more than %d symbolic links", maxLinks)
)

// follow resolves all symbolic links in a path of the tree, so that writing does
// not replace a link by a file. A part that does not exist stays as it is.
func follow(tree fs.FS, name string) (string, error) {
	done, links := []string{}, 0
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return "", errOutside
			}
			done = done[:len(done)-1]
			continue
		}
		here := path.Join(path.Join(done...), part)
		info, err := fs.Lstat(tree, here)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			done = append(done, part)
			continue
		}
		target, err := fs.ReadLink(tree, here)
		if err != nil {
			return "", err
		}
		if links++; links > maxLinks {
			return "", errLoop
		}
		if path.IsAbs(target) {
			return "", errOutside
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	if len(done) == 0 {
		return ".", nil
	}
	return path.Join(done...), nil
}
