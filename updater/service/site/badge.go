package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

// badge draws how fresh a repository is. Only a public one has a badge; any
// other is not there.
func (s *site) badge(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	repo, err := s.Data.Repository(r.Context(), r.PathValue("owner")+"/"+name)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		http.Error(w, words(err), status(err))
		return
	case !ok, err != nil, repo.Private, repo.Removed:
		http.NotFound(w, r)
		return
	}
	image := drawn(badgeText(repo))
	sum := sha256.Sum256([]byte(image))
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	head := w.Header()
	head.Set("ETag", tag)
	head.Set("Cache-Control", "public, max-age=300")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", "image/svg+xml")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write([]byte(image)) // the reader may be gone
}

// badgeText says how fresh a repository is, and in which colour.
func badgeText(r store.Repository) (text, colour string) {
	t := r.Totals
	switch {
	case r.Looked.IsZero():
		return "not looked at yet", "#6b7280"
	case t.Pins == 0:
		return "none", "#6b7280"
	case t.Security > 0:
		return fmt.Sprintf("%d vulnerable", t.Security), "#b91c1c"
	case t.Failed > 0:
		return fmt.Sprintf("%d of %d failed", t.Failed, t.Pins), "#b45309"
	case t.Current+t.Skipped == t.Pins:
		return fmt.Sprintf("%d current", t.Pins), "#15803d"
	}
	return fmt.Sprintf("%d of %d current", t.Current, t.Pins), "#1d4ed8"
}

// drawn is a small picture with two fields. Widths are of letters about as wide as Verdana's.
func drawn(text, colour string) string {
	const left = 38
	right := 12 + 7*len(text)
	all := left + right
	text = html.EscapeString(text)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="pins: %s"><title>pins: %s</title>`+
		`<clipPath id="r"><rect width="%d" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="%d" height="20" fill="#374151"/><rect x="%d" width="%d" height="20" fill="%s"/></g>`+
		`<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="%d" y="14">pins</text><text x="%d" y="14">%s</text></g></svg>`,
		all, text, text, all, left, left, right, colour, left/2, left+right/2, text)
}
