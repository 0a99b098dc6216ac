// Package python finds out which Python a project runs on, and whether a release runs on it.
package python

import (
	"cmp"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/tomltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Project is the Python of a project.
type Project struct {
	Version string // "3.11", "3.11.4"; "" if unknown
	Floor   bool   // it is the oldest Python that the project supports
}

// Of infers the Python that the project of a file runs on from, in this order:
// .python-version, .tool-versions, runtime.txt, Pipfile, pyproject.toml,
// setup.cfg and what other returns, if it is not nil. Of each it takes the one in the
// same folder, else the nearest above.
func Of(repo fs.FS, file string, other func(repo fs.FS, file string) string) Project {
	for _, source := range []struct {
		name  string
		read  func(string) string
		floor bool
	}{
		{".python-version", pythonVersionFile, false}, {".tool-versions", toolVersions, false}, {"runtime.txt", runtimeFile, false},
		{"Pipfile", pipfile, false}, {"pyproject.toml", pyproject, true}, {"setup.cfg", setupFile, true},
	} {
		if v := nearest(repo, file, source.name, source.read); v != "" {
			return Project{v, source.floor}
		}
	}
	if other == nil {
		return Project{}
	}
	return Project{Version: other(repo, file)}
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

func nearest(repo fs.FS, file, name string, read func(string) string) string {
	for dir := range ecosystems.Above(file) {
		beside := path.Join(dir, name)
		if info, err := fs.Stat(repo, beside); err != nil || info.Size() > maxFile {
			continue
		}
		data, _ := fs.ReadFile(repo, beside) // no text of an unreadable file names a Python
		if v := read(strings.TrimPrefix(string(data), lines.BOM)); v != "" {
			return v
		}
	}
	return ""
}

// pythonVersionFile returns the first Python in a .python-version file of pyenv or uv.
func pythonVersionFile(text string) string {
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(l, "#")
		if v := installed(strings.TrimSpace(l)); v != "" {
			return v
		}
	}
	return ""
}

// namedPython matches the names of Pythons in pyenv, asdf and uv:
// pypy3.10-7.3.12, cpython-3.12.1-linux-x86_64-gnu.
var namedPython = lazyregexp.New(`^(?:(?:cpython|python|pypy)[-@]?)(\d+\.\d+(?:\.\d+)?)(?:-.*)?$`)

// installed returns the version in the name of a Python, or of a bare version; "" for none.
func installed(name string) string {
	if m := namedPython.FindStringSubmatch(name); m != nil {
		return Number(m[1])
	}
	return Number(name)
}

// toolVersions reads a .tool-versions file of asdf or mise. Of "python 3.11.4 2.7.18" it takes the first.
func toolVersions(text string) string {
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(l, "#")
		if words := strings.Fields(l); len(words) > 1 && words[0] == "python" {
			return installed(words[1])
		}
	}
	return ""
}

// pipfile reads python_version or python_full_version of [requires].
func pipfile(text string) string {
	found := strs(text)
	return cmp.Or(Number(found["requires python_full_version"]), Number(found["requires python_version"]))
}

// strs returns the strings of a TOML file by the path of their keys. Of a malformed
// file it returns those before the error.
func strs(text string) map[string]string {
	found := map[string]string{}
	_, _ = tomltext.Visit(text, nil, func(path []string, n *unstable.Node) {
		if n.Kind == unstable.String {
			found[strings.Join(path, " ")] = string(n.Data)
		}
	})
	return found
}

// setupFile reads python_requires of setuptools' [options].
func setupFile(text string) string {
	section := ""
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(strings.TrimSpace(l), "#")
		if strings.HasPrefix(l, "[") {
			section, _, _ = strings.Cut(strings.Trim(l, "["), "]")
			continue
		}
		key, value, ok := strings.Cut(l, "=")
		if ok && strings.TrimSpace(section) == "options" && strings.TrimSpace(key) == "python_requires" {
			return lowest(value)
		}
	}
	return ""
}

// runtimeFile reads Heroku's runtime.txt: "python-3.11.4".
func runtimeFile(text string) string {
	v, ok := strings.CutPrefix(strings.TrimSpace(text), "python-")
	if !ok {
		return ""
	}
	return Number(v)
}

// Number returns the numbers of a Python: "3.11", "3.11.4"; "" if text is no version or has no minor.
func Number(text string) string {
	v, ok := pep440.Parse(text)
	if !ok || len(v.Release) < 2 {
		return ""
	}
	return pep440.Join(v.Release)
}

// pyproject reads requires-python of [project] (PEP 621), or python of
// [tool.poetry.dependencies]. It returns the oldest supported Python, because
// pins must run on it.
func pyproject(text string) string {
	found := strs(text)
	return lowest(cmp.Or(found["project requires-python"], found["tool poetry dependencies python"]))
}

// boundPattern matches a comparison; the operator is empty for a bare version.
var boundPattern = lazyregexp.New(`([<>=!~^]*)\s*v?(\d+(?:\.\d+)*)`)

// lowest returns the lowest lower bound of a set of specifiers as MAJOR.MINOR. It
// accepts Poetry's notation too (^3.8, ~3.8).
func lowest(specifiers string) string {
	var low version.Version
	for _, m := range boundPattern.FindAllStringSubmatch(specifiers, -1) {
		v, ok := pep440.Parse(m[2])
		// ">3.6" does not name the oldest Python, and "3" no release line.
		if !ok || len(v.Release) < 2 || strings.ContainsAny(m[1], "<!") || m[1] == ">" {
			continue
		}
		if low.IsZero() || version.Compare(v, low) < 0 {
			low = v
		}
	}
	if low.IsZero() {
		return ""
	}
	return pep440.Join(low.Release[:2])
}

// RunsOn reports whether a release with a requirement for Python (">=3.8", or
// alternatives separated by "||") runs on the project's Python; "3.11" means any
// 3.11.x. It is true if either is unknown or malformed.
func RunsOn(requiresPython, python string) bool {
	project, ok := pep440.Parse(python)
	if !ok || strings.TrimSpace(requiresPython) == "" {
		return true
	}
	for alternative := range strings.SplitSeq(requiresPython, "||") {
		s, err := pep440.ParseSpecifiers(pep508.Lenient(alternative))
		// pip ignores a malformed requirement, too.
		if err != nil || satisfies(s, project) {
			return true
		}
	}
	return false
}

// satisfies reports whether some release of the project's Python satisfies the
// specifiers. It tries the releases around the numbers in the specifiers, because
// all others give the same results.
func satisfies(s pep440.Specifiers, project version.Version) bool {
	if len(project.Release) > 2 || project.Pre {
		return s.Contains(project, true)
	}
	numbers := []uint64{0, 99}
	for _, c := range s {
		for _, n := range c.Version.Release {
			numbers = append(numbers, n, n+1, max(n, 1)-1)
		}
	}
	minors := []uint64{project.Minor()}
	if len(project.Release) == 1 { // "3" is any 3.x
		minors = numbers
	}
	for _, minor := range minors {
		for _, micro := range numbers {
			release := []uint64{project.Major(), minor, micro}
			if v, ok := pep440.Parse(pep440.Join(release)); ok && s.Contains(v, true) {
				return true
			}
		}
	}
	return false
}
