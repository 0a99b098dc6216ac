package pypi

import "github.com/freshpin/freshpin/ecosystems"

// Word is the kind of package that a project of an index is.
const Word = "pypi"

// Kind returns what is said of Python packages.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: Word, Noun: "Python package", Plural: "Python packages", Complete: true, OnlyPre: true, OSV: "PyPI", Canonical: Normal}
}
