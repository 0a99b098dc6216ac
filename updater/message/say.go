package message

import (
	"fmt"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
)

// Say renders a comment of a kind: "touched", "closed", "ignored",
// "ignored-nothing", "unknown-command", "not-allowed", "failed". about is text from
// outside, nil for none. The errors are those of Pull.
func (r *Renderer) Say(kind string, about any) (string, error) {
	return with(r, func(set map[string]*template.Template) (string, error) {
		return execute(set, commentPrefix+kind+commentSuffix, "", saidOf(about))
	})
}

// saidOf makes any value safe to print.
func saidOf(about any) any {
	switch v := about.(type) {
	case nil:
		return markdown("")
	case error:
		return markdown(v.Error())
	}
	return markdown(clean(fmt.Sprint(about)))
}
