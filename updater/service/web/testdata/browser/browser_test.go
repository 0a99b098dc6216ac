// Package browser looks at the pages of the service with Chromium. It is a module
// of its own, so that what drives Chromium stays out of the product's go.mod.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/freshpin/freshpin/updater/service/web/webtest"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// chromium returns the browser of this machine, or skips the test.
func chromium(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on this machine: the pages are not looked at")
	return ""
}

// A window is one of a real browser. It notes whatever goes wrong in it.
type window struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	bad     []string
	dialogs chan string
}

func openWindow(t *testing.T) *window {
	t.Helper()
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("the browser did not end well: %v", err)
		}
		cancel()
	})
	w := &window{t: t, ctx: ctx, dialogs: make(chan string, 10)}
	if err := chromedp.Listen(ctx, w.note); err != nil {
		t.Fatal(err)
	}
	call(w, network.Enable, network.EnableParams{})
	call(w, log.Enable, cdp.Empty{})
	call(w, runtime.Enable, cdp.Empty{})
	call(w, page.Enable, page.EnableParams{})
	return w
}

// patience bounds what a test waits for; it never decides whether one passes.
const patience = 20 * time.Second

func call[P, R any](w *window, command cdp.Command[P, R], params P) R {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		w.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// note keeps what goes wrong: errors on the console, exceptions, requests that fail.
func (w *window) note(event any) {
	var what string
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		w.dialogs <- e.Message
	case *runtime.EventExceptionThrown:
		what = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		what = "console: " + string(e.Type)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			what = "log: " + e.Entry.Text + " " + e.Entry.URL
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			what = "request failed: " + e.ErrorText
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			what = fmt.Sprintf("%d %s", e.Response.Status, e.Response.URL)
		}
	}
	if what != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.bad = append(w.bad, what)
	}
}

func (w *window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		w.shoot("stuck")
		w.t.Fatal(err)
	}
}

func run[T any](w *window, action chromedp.Action[T]) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// went returns what went wrong since it was asked last.
func (w *window) went() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	bad := w.bad
	w.bad = nil
	return bad
}

// look sets size and colours.
func (w *window) look(width int64, dark bool) {
	w.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600})
	call(w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// check visits an address, and looks for what must not be there.
func (w *window) check(address, shot string) {
	w.t.Helper()
	w.do(chromedp.Navigate(address), chromedp.WaitReady("main"))
	run(w, chromedp.Evaluate[any](openDetails))
	title, wide := run(w, chromedp.Title()), run(w, chromedp.Evaluate[[]string](overflowing))
	if len(wide) > 0 {
		w.t.Errorf("%s (%s): wider than the window: %s", address, shot, strings.Join(wide, ", "))
	}
	if bad := w.went(); len(bad) > 0 {
		w.t.Errorf("%s (%s): %s", address, shot, strings.Join(bad, "\n"))
	}
	if title == "" {
		w.t.Errorf("%s has no title", address)
	}
	w.shoot(shot)
}

// openDetails shows what is folded away or laid out only in sight, which must fit too.
const openDetails = `for (const d of document.querySelectorAll('details')) d.open = true;
for (const f of document.querySelectorAll('.file')) f.style.contentVisibility = 'visible'; null`

// overflowing names what makes a page wider than its window. A phone's innerWidth
// grows with a page that is too wide; clientWidth does not.
const overflowing = `(() => {
  const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return [];
  return [wide + ' > ' + room, ...[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > room + 1 && !e.closest('.scroll'))
    .slice(0, 6).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))];
})()`

// shoot takes a screenshot, if screenshots are requested.
func (w *window) shoot(name string) {
	w.t.Helper()
	dir := os.Getenv("FRESHPIN_SCREENSHOTS")
	if dir == "" || name == "" {
		return
	}
	size := call(w, page.GetLayoutMetrics, cdp.Empty{}).CSSContentSize
	png := call(w, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: new(true), Clip: &page.Viewport{Width: size.Width, Height: min(size.Height, 9000), Scale: 1},
	}).Data
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

// shownPages are looked at in a browser.
var shownPages = map[string]string{
	"overview": "/", "repository": "/r/acme/storefront", "broken": "/r/acme/mailer", "waiting": "/r/acme/notifications", "held": "/r/acme/checkout?status=held",
	"vulnerable": "/vulnerable", "dismissed": "/vulnerable?show=dismissed", "pulls": "/pulls", "run": "/runs/1", "advised": "/p/requirements/urllib3",
	"packages": "/p", "search": "/p?q=python", "nothing": "/p?q=left-pad", "package": "/p/dockerfile/docker.io/library/python",
	"runs": "/runs", "jobs": "/jobs", "jobs-in": "/jobs/retryable", "about": "/about",
}

// TestBrowser walks all pages in a real browser, wide and narrow, light and dark.
func TestBrowser(t *testing.T) {
	win := openWindow(t)
	w := webtest.Grown(t)
	win.check(w.Server.URL+"/login", "login-1280-light")
	w.Door.Is("Ada")
	win.do(chromedp.Click("a.button"), chromedp.WaitVisible("table.repos"))
	for _, width := range []int64{1280, 390, 360} {
		for _, dark := range []bool{false, true} {
			win.look(width, dark)
			for name, path := range shownPages {
				win.check(w.Server.URL+path, fmt.Sprintf("%s-%d-%s", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
			}
		}
	}
}

// TestBrowserDoes ticks, scans, retries and stops, with script and without.
func TestBrowserDoes(t *testing.T) {
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("script %v", script), func(t *testing.T) {
			win := openWindow(t)
			w := webtest.Grown(t)
			win.look(1280, false)
			call(win, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
			w.Door.Is("Ada")
			win.do(chromedp.Navigate(w.Server.URL+"/r/acme/checkout"), chromedp.WaitVisible("a.button"), chromedp.Click("a.button"), chromedp.WaitVisible(".go button"))
			win.do(chromedp.Click(".go button"), chromedp.WaitVisible(".done"))
			if got := w.Wants(); got != "acme/checkout" {
				t.Errorf("scans of %q are asked for", got)
			}
			ticked(t, win, w)
			win.do(chromedp.Navigate(w.Server.URL+"/jobs"), chromedp.Click("form[action='/jobs/retry'] button"), chromedp.WaitVisible(".done"))
			if got := len(w.Jobs.Retried()); got != 1 {
				t.Errorf("%d jobs are tried again", got)
			}
			stops(t, win, w, script)
			if bad := win.went(); len(bad) > 0 {
				t.Error(strings.Join(bad, "\n"))
			}
		})
	}
}

// ticked presses "propose anyway".
func ticked(t *testing.T, win *window, w *webtest.World) {
	win.do(chromedp.Navigate(w.Server.URL+"/r/acme/checkout?status=held"), chromedp.Click(".tick button"), chromedp.WaitVisible(".done"))
	repo, err := repositories.New(w.DB).ByName(context.Background(), "acme/checkout")
	if err != nil {
		t.Fatal(err)
	}
	if ticks, err := pins.New(w.DB).Ticks(context.Background(), repo.ID); err != nil || len(ticks) != 1 {
		t.Errorf("ticked are %v %v", ticks, err)
	}
}

// stops turns the stop switch; a script asks first.
func stops(t *testing.T, win *window, w *webtest.World, script bool) {
	if script {
		go func() {
			<-win.dialogs
			call(win, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
	win.do(chromedp.Click(".danger"), chromedp.WaitVisible(".banner-stop"))
	if !w.Stopped() {
		t.Error("nothing is stopped")
	}
	win.shoot(fmt.Sprintf("stopped-script-%v", script))
}
