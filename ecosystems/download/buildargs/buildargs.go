// Package buildargs finds out which file of a repository sets an argument of a build.
package buildargs

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// The limits for finding files that set an argument.
const (
	maxSetters = 200       // files
	maxSetter  = 512 << 10 // bytes of one
)

// files are the files of a repository that may set arguments of a build: those
// beside a Dockerfile and above it, and the workflows.
var files = lazyregexp.New(`(?i)^(?:.*[-.])?(?:docker-)?compose(?:[-.].*)?\.ya?ml$|^docker-bake(?:\..*)?\.(?:hcl|json)$`)

// Setter returns where an argument is set: "compose.yaml:6"; "" for nowhere.
func Setter(repo fs.FS, file, name string) string {
	folders := []string{".github/workflows", ".gitea/workflows", ".forgejo/workflows"}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		folders = append(folders, dir)
		if dir == "." || dir == "/" {
			break
		}
	}
	line := regexp.MustCompile(`^\s*(?:-\s*)?["']?` + regexp.QuoteMeta(name) + `["']?\s*[:=]\s*["']?[^\s"']`)
	read := 0
	for _, dir := range folders {
		entries, err := fs.ReadDir(repo, dir)
		if err != nil {
			continue // the folder does not exist
		}
		for _, entry := range entries {
			workflow := strings.HasSuffix(dir, "workflows") && (strings.HasSuffix(entry.Name(), ".yml") || strings.HasSuffix(entry.Name(), ".yaml"))
			if !entry.Type().IsRegular() || !workflow && !files.MatchString(entry.Name()) {
				continue
			}
			if read++; read > maxSetters {
				return ""
			}
			if n := lineOf(repo, path.Join(dir, entry.Name()), line); n > 0 {
				return fmt.Sprintf("%s:%d", path.Join(dir, entry.Name()), n)
			}
		}
	}
	return ""
}

var argsKey = lazyregexp.New(`^\s*(?:-\s*)?["']?(?:args|build-args|build_args)["']?\s*[:=]`)

// lineOf returns the line that sets an argument below a key of build arguments; 0 for none.
func lineOf(repo fs.FS, file string, set *regexp.Regexp) int {
	text, why, err := imagepin.LoadUpTo(repo, file, maxSetter)
	if err != nil || !why.IsZero() {
		return 0 // the default of the argument is then taken as what is built
	}
	inside, indent, n := false, 0, 0
	for line := range strings.Lines(text) {
		n++
		depth := len(line) - len(strings.TrimLeft(line, " \t-"))
		switch {
		case strings.TrimSpace(line) == "":
		case argsKey.MatchString(line):
			inside, indent = true, depth
		case inside && depth <= indent && !set.MatchString(line):
			inside = false
		case inside && set.MatchString(line):
			return n
		}
	}
	return 0
}
