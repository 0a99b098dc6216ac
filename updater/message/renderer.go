package message

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"

	"github.com/freshpin/freshpin/templates"
)

// The names of the templates.
const (
	titleFile     = "pull-title.tmpl"
	bodyFile      = "pull-body.md.tmpl"
	commitFile    = "commit.tmpl"
	boardFile     = "dashboard.md.tmpl"
	hardenFile    = "hardening.md.tmpl"
	commentPrefix = "comment-"
	commentSuffix = ".md.tmpl"
	templateExt   = ".tmpl"
)

// maxTemplate limits an operator's template, in bytes.
const maxTemplate = 1 << 20

// A Renderer renders texts for readers on a forge. It is safe for concurrent use.
type Renderer struct {
	own     map[string]*template.Template // the operator's templates
	builtin map[string]*template.Template // all built-in templates
}

// A TemplateError is an error in an operator's template. The text returned with it
// comes from the built-in one and is complete.
type TemplateError struct{ Err error }

// Error returns "pull-body.md.tmpl:3: function \"cod\" not defined".
func (e *TemplateError) Error() string { return strings.TrimPrefix(e.Err.Error(), "template: ") }

// Unwrap returns the cause.
func (e *TemplateError) Unwrap() error { return e.Err }

// New returns a renderer. A file in own replaces the built-in template of the same
// name; nil replaces none. A template that cannot be parsed, or fails on an example,
// is an error with its file and line.
func New(own fs.FS) (*Renderer, error) {
	builtin, err := load(templates.FS, nil)
	if err != nil {
		return nil, err
	}
	r := &Renderer{builtin: builtin}
	if own == nil {
		return r, nil
	}
	if r.own, err = load(own, builtin); err != nil {
		return nil, err
	}
	return r, r.rehearse()
}

// load reads the templates of a folder. If known is not nil, other names are an error.
func load(from fs.FS, known map[string]*template.Template) (map[string]*template.Template, error) {
	files, err := fs.Glob(from, "*"+templateExt)
	if err != nil {
		return nil, err
	}
	set := map[string]*template.Template{}
	for _, file := range files {
		if known != nil && known[file] == nil {
			return nil, &TemplateError{fmt.Errorf("%s: unknown template; the templates are %s", file, strings.Join(names(known), ", "))}
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
		return nil, &TemplateError{fmt.Errorf("%s: %d bytes exceed the limit of %d", file, info.Size(), maxTemplate)}
	}
	data, err := fs.ReadFile(from, file)
	if err != nil {
		return nil, err
	}
	source := strings.TrimPrefix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\ufeff")
	t, err := template.New(path.Base(file)).Funcs(functions()).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, &TemplateError{err}
	}
	return t, nil
}

func names(set map[string]*template.Template) []string {
	var list []string
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// errEmpty is the error of a template that renders nothing.
var errEmpty = errors.New("it renders nothing")

// with renders with the operator's templates, and with the built-in ones if those
// fail. With a *TemplateError the text is complete; with any other error there is
// none.
func with[T any](r *Renderer, do func(set map[string]*template.Template) (T, error)) (T, error) {
	if len(r.own) == 0 {
		return do(r.builtin)
	}
	set := map[string]*template.Template{}
	for name, t := range r.builtin {
		set[name] = t
	}
	for name, t := range r.own {
		set[name] = t
	}
	out, err := do(set)
	if err == nil {
		return out, nil
	}
	out, again := do(r.builtin)
	if again != nil {
		return out, again
	}
	return out, &TemplateError{err}
}

// execute renders one template of a set. Line ends are LF, and surrounding blank lines are trimmed.
func execute(set map[string]*template.Template, file, block string, data any) (string, error) {
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
	if out == "" {
		return "", fmt.Errorf("%s: %w", file, errEmpty)
	}
	return out, nil
}
