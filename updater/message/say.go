package message

import (
	"fmt"

	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/message/untrusted"
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
		return untrusted.Markdown("")
	case error:
		return untrusted.Markdown(v.Error())
	}
	return untrusted.Markdown(untrusted.Clean(fmt.Sprint(about)))
}
