package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// axe returns axe-core, which make axe brings, or skips the test.
func axe(t *testing.T) string {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "..", ".contract", "axe.min.js")
	if set := os.Getenv("FRESHPIN_AXE"); set != "" {
		file = set
	}
	script, err := os.ReadFile(file)
	if err != nil {
		t.Skip("axe-core is not here: make axe brings it")
	}
	return string(script)
}

// violations asks axe-core for all its rules, those for good practice too.
const violations = `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.flatMap(v =>
  v.nodes.slice(0, 3).map(n => v.id + ': ' + n.target.join(' ') + ': ' + (n.failureSummary || '').replace(/\s+/g, ' ').slice(0, 200))))`

// TestBrowserAxe: axe-core finds nothing on any page, wide and narrow, light and dark.
func TestBrowserAxe(t *testing.T) {
	win := openWindow(t)
	script := axe(t)
	// Our own pages let no script in but their own, so that of the test is not bound by their policy.
	call(win, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	w := webtest.Grown(t)
	look := func(name, address string) {
		t.Helper()
		win.do(chromedp.Navigate(address), chromedp.WaitReady("main"))
		run(win, chromedp.Evaluate[any](script+";null"))
		run(win, chromedp.Evaluate[any](openDetails))
		for _, v := range run(win, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise)) {
			t.Errorf("%s: %s", name, v)
		}
	}
	win.look(1280, false)
	look("login", w.Server.URL+"/login")
	w.Door.Is("Ada")
	win.do(chromedp.Navigate(w.Server.URL+"/login"), chromedp.Click("a.button"), chromedp.WaitVisible("table.repos"))
	for _, width := range []int64{1280, 390} {
		for _, dark := range []bool{false, true} {
			win.look(width, dark)
			for name, path := range shownPages {
				look(name, w.Server.URL+path)
			}
		}
	}
}
