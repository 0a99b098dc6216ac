package message

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
)

// Text is a pull request in words.
type Text struct {
	Title  string // one line
	Body   string // Markdown, with the hidden state at its end
	Commit string // the message: the title, a blank line, and the moves
}

const (
	// maxBody is how long a body is made, in bytes: GitHub refuses more than
	// 65,536 characters, and may count a line end as two.
	maxBody = 60_000
	// hardBody is how long it may become for a state that needs the room.
	hardBody = 64_000
	// leastBody is the least room for people, in bytes.
	leastBody = 2_000
	// maxCommit bounds the message of a commit, in bytes.
	maxCommit = 16_000
	// wrapAt is where lines of a commit's message end, in characters.
	wrapAt = 72
)

// Pull words a pull request. Where an operator's template fails, the text is
// that of the built-in ones, complete, and the error is a *TemplateError.
func (r *Renderer) Pull(p Pull) (Text, error) {
	if len(p.Updates) == 0 {
		return Text{}, fmt.Errorf("word the pull request of %s: it updates nothing", p.Group)
	}
	return with(r, func(set map[string]*template.Template) (t Text, err error) {
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

// title takes the fullest phrase that fits.
func title(set map[string]*template.Template, p Pull) (out string, err error) {
	v := pullViewOf[line](p, room{})
	for _, phrase := range phrases(p) {
		v.Phrase = line(phrase)
		if out, err = execute(set, titleFile, "", v); err != nil {
			return "", err
		}
		out = strings.Join(strings.Fields(out), " ")
		if utf8.RuneCountInString(out) <= maxTitle {
			return out, nil
		}
	}
	return string([]rune(out)[:maxTitle-1]) + "…", nil
}

func commit(set map[string]*template.Template, p Pull, title string) (string, error) {
	return fit(commitFile, len(p.Updates), maxCommit, func(k int) (string, error) {
		v := pullViewOf[line](p, room{rows: k})
		v.Title = line(title)
		out, err := execute(set, commitFile, "", v)
		return wrap(out), err
	})
}

// body leaves rows out until there is room for the state, which is never cut.
func body(set map[string]*template.Template, p Pull) (string, error) {
	state := Embed(p.State)
	size := maxBody - len(state)
	if size < leastBody {
		size = hardBody - len(state)
	}
	if size < leastBody {
		return "", fmt.Errorf("word the pull request of %s: a state of %d bytes is more than a body holds", p.Group, len(state))
	}
	text, err := furnish(set, p, size)
	if err != nil {
		return "", err
	}
	return text + "\n\n" + state + "\n", nil
}

// furnish shows as many updates as fit into size bytes, and then as much of what is folded away.
func furnish(set map[string]*template.Template, p Pull, size int) (string, error) {
	rows, details := len(p.Updates), max(len(p.Updates), len(p.Held), len(p.Files))
	render := func(k room) (string, error) { return execute(set, bodyFile, "", pullViewOf[markdown](p, k)) }
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

// firstTry is how many entries are tried first where there are more.
const firstTry = 256

// fit renders with as many of n entries as fit into size bytes, a line end
// counted as two.
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
	over := sort.Search(most, func(k int) bool { return !fits(k) })
	if fits(max(over-1, 0)) || err != nil {
		return out, err
	}
	return "", fmt.Errorf("%s: %d bytes without a single row are more than there is room for", file, len(out))
}

func weight(s string) int { return len(s) + strings.Count(s, "\n") }

// wrap breaks the lines behind the first. What goes on is indented, so that
// nothing from outside can begin a line as a trailer does (git-interpret-trailers(1)).
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
