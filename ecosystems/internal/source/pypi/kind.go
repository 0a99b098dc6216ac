package pypi

import "github.com/freshpin/freshpin/ecosystems"

// Word names this kind of package.
const Word = "pypi"

// Kind describes Python packages in messages.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: Word, Noun: "Python package", Plural: "Python packages", Complete: true, OnlyPre: true, OSV: "PyPI", Canonical: Normal}
}
