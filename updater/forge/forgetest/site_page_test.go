package forgetest

import "testing"

// A body is shown as GitHub shows it, and nothing of it runs or leads elsewhere than to the web.
func TestHostileRendered(t *testing.T) {
	for body, want := range map[string]string{
		"**a** `b`":                              "<p><strong>a</strong> <code>b</code></p>\n",
		"- [x] done":                             "<ul>\n<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> done</li>\n</ul>\n",
		"<details><summary>x</summary>y":         "<details><summary>x</summary>y",
		"<details ontoggle=alert(1) open>x":      "<details open=\"\">x",
		"a <!-- freshpin:state x --> b":          "<p>a  b</p>\n",
		"<script>alert('<b>')</script>":          "alert(&#39;&lt;b&gt;&#39;)",
		"<style>*{display:none}</style>":         "*{display:none}",
		"<img src=x onerror=alert(1)>":           "",
		"<svg><a href=//evil.example>x</a>":      "<p><a>x</a></p>\n",
		"[x](javascript:alert(1))":               "<p><a>x</a></p>\n",
		"[x](https://a.example/?q=%22%3E \"t\")": "<p><a href=\"https://a.example/?q=%22%3E\">x</a></p>\n",
		"| a |\n| - |\n| <i>b</i> |":             "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n",
	} {
		if got := string(rendered(body)); got != want {
			t.Errorf("%q\n got %q\nwant %q", body, got, want)
		}
	}
}
