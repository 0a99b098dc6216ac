// Package templateset reads and renders the templates of texts, built-in ones and the operator's.
package templateset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"

	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// A Set is templates by the names of their files.
type Set map[string]*template.Template

// A Error is an error in an operator's template. The text returned with it
// comes from the built-in one and is complete.
type Error struct{ Err error }

// Error returns "pull-body.md.tmpl:3: function \"cod\" not defined".
func (e *Error) Error() string { return strings.TrimPrefix(e.Err.Error(), "template: ") }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the templates of a folder. If known is not nil, other names are an error.
func Load(from fs.FS, known Set) (Set, error) {
	files, err := fs.Glob(from, "*.tmpl")
	if err != nil {
		return nil, err
	}
	set := Set{}
	for _, file := range files {
		if known != nil && known[file] == nil {
			return nil, &Error{fmt.Errorf("%s: unknown template; the templates are %s", file, strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
		}
		if set[file], err = parse(from, file); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func parse(from fs.FS, file string) (*template.Template, error) {
	info, err := fs.Stat(from, file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxTemplate {
		return nil, &Error{fmt.Errorf("%s: %d bytes exceed the limit of %d", file, info.Size(), maxTemplate)}
	}
	data, err := fs.ReadFile(from, file)
	if err != nil {
		return nil, err
	}
	// An operator's editor may write CRLF and a byte order mark, which would get into titles.
	source := strings.TrimPrefix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\ufeff")
	t, err := template.New(path.Base(file)).Funcs(untrusted.Functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, &Error{err}
	}
	return t, nil
}

// errEmpty is the error of a template that renders nothing.
var errEmpty = errors.New("it renders nothing")

// Execute renders one template of a set. Line ends are LF, and surrounding blank lines are trimmed.
func (set Set) Execute(file, block string, data any) (string, error) {
	t := set[file]
	if t == nil {
		return "", fmt.Errorf("%s: unknown template", file)
	}
	if block != "" {
		if t = t.Lookup(block); t == nil {
			return "", fmt.Errorf("%s: it does not define %q", file, block)
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", err
	}
	out := strings.TrimSpace(b.String())
	// A forge refuses an empty title.
	if out == "" {
		return "", fmt.Errorf("%s: %w", file, errEmpty)
	}
	return out, nil
}

// maxTemplate limits an operator's template, in bytes.
const maxTemplate = 1 << 20
