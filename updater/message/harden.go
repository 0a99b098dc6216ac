package message

import (
	"errors"
	"strings"

	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// A Hardening is the content of the pull request with the checklist's safe fixes.
type Hardening struct {
	Repo      string
	Style     string // of the commit message: "plain" or "conventional"
	Prefix    string // the prefix of titles, instead of the style's; "" for none
	Fixes     []Finding
	Files     []string // all changed files, sorted
	Unchecked bool     // GitHub starts no checks for pull requests of this author
	State     string   // state to embed in the body, hidden from readers
}

// A hardenView is the data of the hardening template.
type hardenView struct {
	Repo, Prefix                untrusted.Markdown
	Conventional, Unchecked     bool
	Count, FixesMore, FilesMore int
	Fixes                       []findingView
	Files                       []untrusted.Markdown
}

// Hardening renders the pull request of safe fixes. The errors are those of Pull.
func (r *Renderer) Hardening(h Hardening) (Text, error) {
	if len(h.Fixes) == 0 {
		return Text{}, errors.New("render the hardening: it has no fixes")
	}
	return with(r, func(set templateset.Set) (t Text, err error) {
		if t.Title, err = set.Execute(hardenFile, "title", hardenViewOf(h, 0)); err != nil {
			return t, err
		}
		t.Title = strings.Join(strings.Fields(t.Title), " ")
		t.Commit = wrap(t.Title + "\n\n" + moves(h))
		state := markers.Embed(h.State)
		t.Body, err = fit(hardenFile, max(len(h.Fixes), len(h.Files)), maxBody-len(state), func(k int) (string, error) {
			return set.Execute(hardenFile, "", hardenViewOf(h, k))
		})
		t.Body += "\n\n" + state + "\n"
		return t, err
	})
}

// moves lists the fixes for the commit message.
func moves(h Hardening) string {
	var b strings.Builder
	for n, f := range h.Fixes {
		if b.Len() > maxCommit/2 {
			b.WriteString("and more\n")
			break
		}
		if n > 0 {
			b.WriteString("\n")
		}
		b.WriteString("- " + untrusted.Plain(f.Where) + ": " + untrusted.Plain(f.Rule) + "\n")
	}
	return b.String()
}

func hardenViewOf(h Hardening, k int) hardenView {
	v := hardenView{
		Repo: untrusted.Markdown(h.Repo), Prefix: untrusted.Markdown(titlePrefix(h.Prefix)), Conventional: h.Style == conventional, Unchecked: h.Unchecked, Count: len(h.Fixes),
	}
	v.Fixes, v.FixesMore = findings(h.Fixes, k)
	v.Files, v.FilesMore = texts[untrusted.Markdown](h.Files, k)
	return v
}
