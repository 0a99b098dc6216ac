package web_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"

	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// hostileWords are what strangers write into names, tags, reasons and titles.
var hostileWords = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "javascript:alert(1)", "</textarea></title></style><svg onload=alert(1)>", "<!-- x -->", "]]>", "<style>*{display:none}</style>",
	"{{.Name}}", "&lt;script&gt;", "\u202eevil", "\x00\x1b[2J", "<a href=//evil.example>x</a>", "<meta http-equiv=refresh content=0>", "<base href=//evil.example>", "<form action=//evil.example>", `\u003cscript\u003e`, "<iframe srcdoc='<script>'>",
}

// hostilePin says a text in every field.
func hostilePin(s string) store.Pin {
	return store.Pin{Dependency: record.Dependency{
		ID: s, File: s, Line: 1, Column: 1, Ecosystem: "dockerfile", Name: s, Package: s, Pin: s, Digest: s, Current: s, Safe: s, Minor: s, Latest: s,
		ReleaseLine: s, Status: "held", ReasonCode: s, Reason: s, Notes: []ecosystems.Note{{Code: s, Text: s}}, Advisories: []record.Advisory{{ID: s,
			Severity: s, Fixed: s, Aliases: []string{s}}}, Target: record.Target{Version: s},
	}, Why: []string{s}}
}

// TestHostilePages shows pins in which strangers have written everything: no
// element, attribute or address on a page is theirs.
func TestHostilePages(t *testing.T) {
	for n, s := range hostileWords {
		w := webtest.New(t)
		w.Repo("acme/shop", int64(n+1), false, hostilePin(s))
		b := w.Browser()
		b.Token = webtest.ReadToken
		for _, path := range []string{"/", "/repositories/acme/shop", "/packages", "/runs", "/jobs", "/search?q=" + s} {
			checkPage(t, w, s, path, b.Client)
		}
	}
}

func checkPage(t *testing.T, w *webtest.World, s, path string, client *http.Client) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Path, req.URL.RawQuery, _ = strings.Cut(path, "?")
	req.URL.RawQuery = strings.NewReplacer(" ", "+", "#", "%23", "\x00", "%00", "\x1b", "%1b").Replace(req.URL.RawQuery)
	req.Header.Set("Authorization", "Bearer "+webtest.ReadToken)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return
	}
	z := html.NewTokenizer(res.Body)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		switch token.Data {
		case "iframe", "base", "object", "embed":
			t.Errorf("%s: %q makes <%s>", path, s, token.Data)
		}
		for _, a := range token.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "srcdoc":
				t.Errorf("%s: %q makes the attribute %s", path, s, a.Key)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && (strings.HasPrefix(value, "javascript:") || strings.Contains(value, "//evil.example")):
				t.Errorf("%s: %q makes %s=%q", path, s, a.Key, a.Val)
			case token.Data == "meta" && strings.EqualFold(a.Val, "refresh"):
				t.Errorf("%s: %q makes a refresh", path, s)
			}
		}
		if token.Data == "script" || token.Data == "style" {
			z.Next()
			if text := string(z.Text()); strings.Contains(text, "alert(1)") || strings.Contains(text, "display:none") && strings.Contains(s, "display:none") && strings.Contains(text, "*{") {
				t.Errorf("%s: %q stands in a <%s>", path, s, token.Data)
			}
		}
	}
}

// FuzzHostilePages is the same with any text.
func FuzzHostilePages(f *testing.F) {
	for _, s := range hostileWords {
		f.Add(s)
	}
	w := webtest.New(f)
	b := w.Browser()
	b.Token = webtest.ReadToken
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")
		if s == "" || len(s) > 1000 {
			return
		}
		w.In(t)
		w.Repo("acme/shop", 1, false, hostilePin(s))
		checkPage(t, w, s, "/repositories/acme/shop", b.Client)
	})
}
