package forgetest

import (
	"bytes"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

// markdown renders GitHub's Markdown. It keeps HTML, which cleaned filters.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe())) //nolint:gochecknoglobals // constant

// rendered returns a body as HTML, as GitHub shows it.
func rendered(body string) template.HTML {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(body), &out); err != nil {
		return template.HTML(template.HTMLEscapeString(body)) //nolint:gosec // escaped
	}
	return template.HTML(cleaned(&out)) //nolint:gosec // cleaned
}

// passes are the allowed elements in a body with their allowed attributes, as on
// GitHub. Only the text of other elements is shown.
//
// See https://github.com/gjtorikian/html-pipeline, SanitizationFilter
var passes = map[string][]string{ //nolint:gochecknoglobals // constant
	"a": {"href"}, "input": {"type", "checked", "disabled"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}, "details": {"open"},
	"blockquote": {}, "br": {}, "code": {}, "del": {}, "div": {}, "em": {}, "h1": {}, "h2": {}, "h3": {}, "h4": {}, "h5": {}, "h6": {}, "hr": {}, "kbd": {},
	"li": {}, "p": {}, "pre": {}, "strong": {}, "sub": {}, "summary": {}, "sup": {}, "table": {}, "tbody": {}, "thead": {}, "tr": {}, "ul": {},
}

// cleaned returns a document with only the allowed elements.
func cleaned(document io.Reader) string {
	var out strings.Builder
	z := html.NewTokenizer(document)
	for {
		kind := z.Next()
		t := z.Token()
		attributes, known := passes[t.Data]
		switch {
		case kind == html.ErrorToken:
			return out.String()
		case kind == html.TextToken:
			out.WriteString(t.String())
		case kind == html.CommentToken, kind == html.DoctypeToken, !known:
		default:
			t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool {
				// Addresses of other schemes, such as javascript:, would run in the page.
				return !slices.Contains(attributes, a.Key) || a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://")
			})
			out.WriteString(t.String())
		}
	}
}

var pages = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; --text: light-dark(#1f2328, #f0f6fc); --back: light-dark(#ffffff, #0d1117); --dim: light-dark(#59636e, #9198a1);
  --line: light-dark(#d1d9e0, #3d444d); --soft: light-dark(#f6f8fa, #151b23); --link: light-dark(#0969da, #4493f8);
  --plus: light-dark(#dafbe1, #12261e); --minus: light-dark(#ffebe9, #25171c) }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; color: var(--text); background: var(--back) }
a { color: var(--link) } h1 { font-size: 1.7rem; font-weight: 400; overflow-wrap: anywhere } .state { color: var(--dim) }
.label { border: 1px solid var(--line); border-radius: 2rem; padding: 0 .6rem; font-size: 12px }
.box { border: 1px solid var(--line); border-radius: 6px; margin: 1rem 0 } .box > header { background: var(--soft); border-bottom: 1px solid var(--line); border-radius: 6px 6px 0 0; padding: .5rem 1rem }
.body { padding: 0 1rem 1rem; overflow-wrap: anywhere } .body ul { padding-inline-start: 1.5em } .body li:has(> input) { margin-inline-start: -1.2em } .body h2 { font-size: 1.4rem; border-bottom: 1px solid var(--line) } .body table { border-collapse: collapse; display: block; overflow-x: auto; overflow-wrap: normal }
.body th, .body td { border: 1px solid var(--line); padding: 6px 13px; text-align: start } .body tr:nth-child(2n) { background: var(--soft) }
code { font: 12px/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 6px; padding: .2em .4em } pre code { padding: 0; background: none }
pre { font: 12px/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 6px; padding: 1rem; overflow-x: auto } pre.diff { background: none; border: 1px solid var(--line) }
blockquote { border-inline-start: .25em solid var(--line); color: var(--dim); margin-inline: 0; padding-inline: 1em } .body li:has(> input) { list-style: none }
.diff span { display: block; min-width: max-content } .plus { background: var(--plus) } .minus { background: var(--minus) } .at { color: var(--dim) } .head { font-weight: 600 }
</style></head><body>
<p><a href="/">repositories</a>{{with .Repo}} / <a href="/{{.}}">{{.}}</a>{{end}}</p>
<h1>{{.Title}}{{with .Item}} <span class="state">#{{.Number}} {{.State}}</span>{{end}}</h1>
{{with .Repos}}<ul>{{range .}}<li><a href="/{{.}}">{{.}}</a></li>{{end}}</ul>{{end}}
{{with .Branches}}<h2>Branches</h2><ul>{{range $name, $at := .}}<li>{{$name}} <code>{{$at}}</code></li>{{end}}</ul>{{end}}
{{$repo := .Repo}}{{with .Items}}<h2>Pull requests and issues</h2><ul>{{range .}}<li><a href="/{{$repo}}/{{.Path}}/{{.Number}}">#{{.Number}} {{.Title}}</a> <span class="state">{{.State}} {{.Side}}</span></li>{{end}}</ul>{{end}}
{{with .Item}}<p class="state">{{.Side}}{{range .Labels}} <span class="label">{{.}}</span>{{end}}</p>
<section class="box"><header>{{.Author}}</header><div class="body">{{.Body}}</div></section>
{{range .Comments}}<section class="box"><header>{{.Author}}</header><div class="body">{{.Body}}</div></section>{{end}}
{{with .Lines}}<h2>Changes</h2><pre class="diff">{{range .}}<span class="{{.Class}}">{{.Text}}</span>{{end}}</pre>{{end}}{{end}}
</body></html>
`)) //nolint:gochecknoglobals // constant
