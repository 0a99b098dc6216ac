package gomod

import (
	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

var moduleLine = lazyregexp.New(`(?m)^\s*module[\s(]`)

// Recognizes reports whether a text is a go.mod, such as the go.tools.mod of
// go -modfile: modfile can parse it and it has a module line.
func (*Ecosystem) Recognizes(text string) bool {
	if !moduleLine.MatchString(text) {
		return false
	}
	f, err := modfile.ParseLax("go.mod", []byte(text), nil)
	return err == nil && f.Module != nil
}
