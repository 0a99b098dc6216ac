package endoflife

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// separators are equivalent in names of Python packages (PEP 503).
var separators = lazyregexp.New(`[-_.]+`)

// Package returns the end of the line that a version of a package belongs to.
// ecosystem is an ecosystem of OSV or the type of a package URL, such as "PyPI"
// and "golang", in upper or lower case.
func (t *Table) Package(ecosystem, name, version string) []Entry {
	product := ""
	switch strings.ToLower(ecosystem) {
	case "pypi":
		if separators.ReplaceAllString(strings.ToLower(name), "-") == "django" {
			product = "django"
		}
	case "go", "golang":
		if name == "go" || name == "toolchain" || name == "stdlib" {
			product = "go"
		}
	}
	var list findings
	list.add(t.of(product, versionOf(strings.TrimPrefix(strings.ToLower(version), "go"))))
	return list
}
