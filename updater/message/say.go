package message

import (
	"fmt"

	"github.com/freshpin/freshpin/updater/message/outside"
	"github.com/freshpin/freshpin/updater/message/templateset"
)

// Say renders a comment of a kind: "touched", "closed", "ignored",
// "ignored-nothing", "unknown-command", "not-allowed", "failed". about is text from
// outside, nil for none. The errors are those of Pull.
func (r *Renderer) Say(kind string, about any) (string, error) {
	return with(r, func(set templateset.Set) (string, error) {
		return set.Execute(commentPrefix+kind+commentSuffix, "", saidOf(about))
	})
}

// saidOf makes any value safe to print.
func saidOf(about any) any {
	switch v := about.(type) {
	case nil:
		return outside.Markdown("")
	case error:
		return outside.Markdown(v.Error())
	}
	return outside.Markdown(outside.Clean(fmt.Sprint(about)))
}
