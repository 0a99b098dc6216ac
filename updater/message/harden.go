package message

import (
	"errors"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
)

// A Hardening is what the pull request of the checklist's safe fixes is to say.
type Hardening struct {
	Repo      string
	Style     string // of the commit message: "plain" or "conventional"
	Prefix    string // before the title, instead of that of the style; "" for none
	Fixes     []Finding
	Files     []string // every file that changes, sorted
	Unchecked bool     // checks do not start for pull requests of this author
	State     string   // what Freshpin must find again in the body; hidden from people
}

// A hardenView is what the template of the hardening sees.
type hardenView struct {
	Repo, Prefix                markdown
	Conventional, Unchecked     bool
	Count, FixesMore, FilesMore int
	Fixes                       []findingView
	Files                       []markdown
}

// Hardening words the pull request of safe fixes. The errors are those of Pull.
func (r *Renderer) Hardening(h Hardening) (Text, error) {
	if len(h.Fixes) == 0 {
		return Text{}, errors.New("word the hardening: it mends nothing")
	}
	return with(r, func(set map[string]*template.Template) (t Text, err error) {
		if t.Title, err = execute(set, hardenFile, "title", hardenViewOf(h, 0)); err != nil {
			return t, err
		}
		t.Title = strings.Join(strings.Fields(t.Title), " ")
		t.Commit = wrap(t.Title + "\n\n" + moves(h))
		state := Embed(h.State)
		t.Body, err = fit(hardenFile, max(len(h.Fixes), len(h.Files)), maxBody-len(state), func(k int) (string, error) {
			return execute(set, hardenFile, "", hardenViewOf(h, k))
		})
		t.Body += "\n\n" + state + "\n"
		return t, err
	})
}

// moves lists the fixes for the commit.
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
		b.WriteString("- " + plain(f.Where) + ": " + plain(f.Rule) + "\n")
	}
	return b.String()
}

func hardenViewOf(h Hardening, k int) hardenView {
	v := hardenView{
		Repo: markdown(h.Repo), Prefix: markdown(titlePrefix(h.Prefix)), Conventional: h.Style == conventional, Unchecked: h.Unchecked, Count: len(h.Fixes),
	}
	v.Fixes, v.FixesMore = findings(h.Fixes, k)
	var files []string
	files, v.FilesMore = head(h.Files, k)
	for _, f := range files {
		v.Files = append(v.Files, markdown(f))
	}
	return v
}
