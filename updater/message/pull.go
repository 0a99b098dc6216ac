package message

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// Text is a rendered pull request.
type Text struct {
	Title  string // one line
	Body   string // Markdown, ending with the hidden state
	Commit string // the commit message: title, blank line, list of updates
}

const (
	// The length to which a body is filled, in bytes: GitHub rejects more than 65,536
	// characters, and may count a line end as two.
	maxBody = 60_000
	// The limit for a body whose state needs more room.
	hardBody = 64_000
	// The minimum room for visible text, in bytes.
	leastBody = 2_000
	// The limit of a commit message, in bytes.
	maxCommit = 16_000
	// The line width of commit messages, in characters.
	wrapAt = 72
)

// Pull renders a pull request. If an operator's template fails, the text comes
// complete from the built-in one, and the error is a *TemplateError.
func (r *Renderer) Pull(p Pull) (Text, error) {
	if len(p.Updates) == 0 {
		return Text{}, fmt.Errorf("render the pull request of %s: it has no updates", p.Group)
	}
	return with(r, func(set templateset.Set) (t Text, err error) {
		if t.Title, err = title(set, p); err != nil {
			return t, err
		}
		if t.Commit, err = commit(set, p, t.Title); err != nil {
			return t, err
		}
		t.Body, err = body(set, p)
		return t, err
	})
}

// title renders the longest phrase that fits.
func title(set templateset.Set, p Pull) (out string, err error) {
	v := pullViewOf[untrusted.Line](p, room{})
	for _, phrase := range phrases(p) {
		v.Phrase = untrusted.Line(phrase)
		if out, err = set.Execute(titleFile, "", v); err != nil {
			return "", err
		}
		out = strings.Join(strings.Fields(out), " ")
		if utf8.RuneCountInString(out) <= maxTitle {
			return out, nil
		}
	}
	// Even the shortest phrase can be too long: names have any length.
	return string([]rune(out)[:maxTitle-1]) + "…", nil
}

func commit(set templateset.Set, p Pull, title string) (string, error) {
	return fit(commitFile, len(p.Updates), maxCommit, func(k int) (string, error) {
		v := pullViewOf[untrusted.Line](p, room{rows: k})
		v.Title = untrusted.Line(title)
		out, err := set.Execute(commitFile, "", v)
		return wrap(out), err
	})
}

// body drops rows until there is room for the state, which is never cut.
func body(set templateset.Set, p Pull) (string, error) {
	state := markers.Embed(p.State)
	size := maxBody - len(state)
	if size < leastBody {
		size = hardBody - len(state)
	}
	if size < leastBody {
		return "", fmt.Errorf("render the pull request of %s: the state of %d bytes does not fit into a body", p.Group, len(state))
	}
	text, err := fillBody(set, p, size)
	if err != nil {
		return "", err
	}
	return text + "\n\n" + state + "\n", nil
}

// fillBody shows as many updates as fit into size bytes, and then as much folded text as fits.
func fillBody(set templateset.Set, p Pull, size int) (string, error) {
	rows, details := len(p.Updates), max(len(p.Updates), len(p.Held), len(p.Files))
	render := func(k room) (string, error) { return set.Execute(bodyFile, "", pullViewOf[untrusted.Markdown](p, k)) }
	// Nearly always everything fits, and is rendered once.
	text, err := render(room{rows, details})
	if err != nil || weight(text) <= size {
		return text, err
	}
	shown := 0
	if _, err = fit(bodyFile, rows, size, func(k int) (string, error) { shown = k; return render(room{rows: k}) }); err != nil {
		return "", err
	}
	return fit(bodyFile, details, size, func(k int) (string, error) { return render(room{shown, k}) })
}

// firstTry is how many entries are tried first if there are more.
const firstTry = 256

// fit renders as many of n entries as fit into size bytes, counting a line end as
// two.
func fit(file string, n, size int, render func(k int) (string, error)) (out string, err error) {
	fits := func(k int) bool {
		if err == nil {
			out, err = render(k)
		}
		return err == nil && weight(out) <= size
	}
	most := min(n, firstTry)
	for fits(most) && most < n {
		most = min(2*most, n)
	}
	if err != nil || weight(out) <= size {
		return out, err
	}
	// fits leaves its rendering in out, so the last call must be the one that fits.
	over := sort.Search(most, func(k int) bool { return !fits(k) })
	if fits(max(over-1, 0)) || err != nil {
		return out, err
	}
	return "", fmt.Errorf("%s: renders %d bytes even without rows, which is too long", file, len(out))
}

func weight(s string) int { return len(s) + strings.Count(s, "\n") }

// wrap breaks all lines but the first. Continuation lines are indented, so that text
// from outside cannot begin a line that is a trailer (git-interpret-trailers(1)).
func wrap(message string) string {
	lines := strings.Split(message, "\n")
	for i, l := range lines[1:] {
		lines[i+1] = wrapLine(l)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(l string) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.SplitAfter(l, " ") {
		n := utf8.RuneCountInString(strings.TrimRight(word, " "))
		if i > 0 && at > 2 && at+n > wrapAt {
			cut := strings.TrimRight(b.String(), " ")
			b.Reset()
			b.WriteString(cut + "\n  ")
			at = 2
		}
		b.WriteString(word)
		at += utf8.RuneCountInString(word)
	}
	return strings.TrimRight(b.String(), " ")
}
