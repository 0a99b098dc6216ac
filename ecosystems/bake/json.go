package bake

import (
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/jsontext"
)

// json reads the file as JSON, which bake knows too.
func (r *reader) json() {
	f := jsontext.Read(r.file, r.src)
	if t := f.Trouble; t != nil {
		r.trouble(t.At, t.Reason.Code, t.Reason.Text)
		return
	}
	for _, m := range f.Root.Get("variable").Members {
		// A default with escapes has no place, and one with variables no value.
		if v := m.Value.Get("default"); v.Kind == jsontext.String && v.Plain && v.Expand(nil).Unknown() == "" {
			r.variables[m.Key.Text] = imagepin.Text{{Text: v.Text, File: r.file, Start: v.At.Start + 1}}
		}
	}
	for _, m := range f.Root.Get("target").Members {
		for _, c := range m.Value.Get("contexts").Members {
			r.context(r.textOf(f, c.Value))
		}
		for _, a := range m.Value.Get("args").Members {
			r.argument(a.Key.Text, r.textOf(f, a.Value))
		}
	}
}

func (r *reader) textOf(f *jsontext.File, v *jsontext.Value) text {
	return text{pieces: v.Expand(r.value), raw: v.Text, at: v.Inside(), ignored: v.Kind == jsontext.String && f.Ignored(v.At.Start)}
}
