package web

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

// badge serves the badge of a public repository. READMEs load it without a session,
// so private repositories have none: for every viewer the answer is the same as for
// a repository that does not exist.
func (s *server) badge(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	// An SVG that is opened by itself is a document: sandbox keeps it apart from our pages.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	// READMEs on other sites embed the badge, which the default of harden forbids.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, max-age=300")
	name, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	var repo store.Repository
	err := error(errNotFound)
	if ok {
		repo, err = s.o.Data.Repositories.ByName(r.Context(), r.PathValue("owner")+"/"+name)
	}
	h.Set("Content-Type", "image/svg+xml; charset=utf-8")
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, errNotFound), err == nil && (repo.Private || repo.Removed):
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(drawBadge("not found", grey))
		return
	case err != nil:
		// The error may be over before a cached answer expires.
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(s.faultOf(err).Status)
		_, _ = w.Write(drawBadge("unknown", grey))
		return
	}
	svg := drawBadge(standing(repo))
	sum := sha256.Sum256(svg)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	// The header may be a list, or weak (W/"…"): RFC 9110, section 13.1.2.
	if strings.Contains(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(svg) // fails only if the client has disconnected
}

// Colours of badges, each with enough contrast for white text (4.5:1).
const (
	green = "#1a7f37"
	blue  = "#0a66c2"
	amber = "#8a5a00"
	red   = "#c4232b"
	grey  = "#59636e"
)

// standing returns the state of a repository in a few words, with its colour.
func standing(r store.Repository) (text, colour string) {
	t := r.Totals
	switch {
	case r.State == store.Refused:
		return "not scanned", grey
	case r.State == store.Broken:
		return "last scan failed", red
	case r.Looked.IsZero():
		return "not scanned yet", grey
	case t.Pins == 0:
		return "none", grey
	}
	text = fmt.Sprintf("%d of %d current", t.Current, t.Pins)
	switch {
	case t.Security > 0:
		return text + fmt.Sprintf(", %d vulnerable", t.Security), red
	case t.Failed > 0:
		return text, red
	case t.Updates > 0:
		return text, blue
	case t.Held > 0:
		return text, amber
	}
	return text, green
}

// drawBadge draws two words side by side. textLength keeps the words inside even if
// the viewer has another font.
func drawBadge(text, colour string) []byte {
	const label, pad, height = "pins", 6, 20
	left, right := width(label)+2*pad, width(text)+2*pad
	whole := left + right
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s: %s">`,
		whole, height, whole, height, label, html.EscapeString(text))
	fmt.Fprintf(&b, `<title>%s: %s</title><clipPath id="r"><rect width="%d" height="%d" rx="4"/></clipPath>`, label, html.EscapeString(text), whole, height)
	fmt.Fprintf(&b, `<g clip-path="url(#r)"><rect width="%d" height="%d" fill="#3d444d"/><rect x="%d" width="%d" height="%d" fill="%s"/></g>`,
		left, height, left, right, height, colour)
	fmt.Fprintf(&b, `<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" lengthAdjust="spacingAndGlyphs">`)
	fmt.Fprintf(&b, `<text x="%d" y="14" textLength="%d">%s</text><text x="%d" y="14" textLength="%d">%s</text></g></svg>`,
		pad, left-2*pad, label, left+pad, right-2*pad, html.EscapeString(text))
	return []byte(b.String())
}

// width estimates the width of a text in Verdana at 11 px, in pixels.
func width(text string) int {
	w := 0.0
	for _, r := range text {
		switch {
		case strings.ContainsRune("iljI.,:;'|!", r):
			w += 3.6
		case strings.ContainsRune("frt ", r):
			w += 4.4
		case strings.ContainsRune("mwMW%", r):
			w += 9.6
		default:
			w += 6.9
		}
	}
	return int(w + 0.5)
}
