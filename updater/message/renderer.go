package message

import (
	"io/fs"
	"maps"

	"github.com/freshpin/freshpin/templates"
	"github.com/freshpin/freshpin/updater/message/templateset"
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
)

// A Renderer renders texts for readers on a forge. It is safe for concurrent use.
type Renderer struct {
	own     templateset.Set // the operator's templates
	builtin templateset.Set // all built-in templates
}

// New returns a renderer. A file in own replaces the built-in template of the same
// name; nil replaces none. A template that cannot be parsed, or fails on an example,
// is an error with its file and line.
func New(own fs.FS) (*Renderer, error) {
	builtin, err := templateset.Load(templates.FS, nil)
	if err != nil {
		return nil, err
	}
	r := &Renderer{builtin: builtin}
	if own == nil {
		return r, nil
	}
	if r.own, err = templateset.Load(own, builtin); err != nil {
		return nil, err
	}
	return r, r.tryExamples()
}

// with renders with the operator's templates, and with the built-in ones if those
// fail. With a *TemplateError the text is complete; with any other error there is
// none.
func with[T any](r *Renderer, do func(set templateset.Set) (T, error)) (T, error) {
	if len(r.own) == 0 {
		return do(r.builtin)
	}
	set := maps.Clone(r.builtin)
	maps.Copy(set, r.own)
	out, err := do(set)
	if err == nil {
		return out, nil
	}
	out, again := do(r.builtin)
	if again != nil {
		return out, again
	}
	return out, &templateset.Error{Err: err}
}
