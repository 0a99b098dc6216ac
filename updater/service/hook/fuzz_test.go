package hook_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/service/hook"
)

var (
	safeName  = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	safeImage = regexp.MustCompile(`^[a-z0-9.:\[\]-]+(/[a-z0-9._-]+)+$`)
)

// checkEvent checks what must be true of each event, whatever was sent.
func checkEvent(t *testing.T, e hook.Event) {
	t.Helper()
	travels(t, e)
	for _, r := range slices.Concat([]hook.Repository{e.Repository}, e.Added, e.Removed) {
		for _, name := range []string{r.Name, r.Was} {
			if name != "" && (!safeName.MatchString(name) || strings.Contains(name, "../") || strings.HasSuffix(name, "/..")) {
				t.Errorf("the name %q", name)
			}
		}
	}
	for _, i := range e.Images {
		if !safeImage.MatchString(i.Name) || i.Tag == "" {
			t.Errorf("the image %v", i)
		}
	}
	if len(e.Text) > 64<<10 || strings.ContainsAny(e.Branch+e.Actor+e.Account+e.Commit, "\x00\n\r") {
		t.Errorf("the event %v", e)
	}
	if e.Files != nil && (len(e.Files) == 0 || !slices.IsSorted(e.Files)) {
		t.Errorf("the files %v", e.Files)
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range payloads() {
		if len(p.body) < 4<<10 { // larger ones only make it slow
			f.Add(p.event, []byte(p.body))
		}
	}
	f.Add("push", []byte(pushed))
	for _, body := range []string{`{"repository":null}`, `{"changes":[],"action":"edited"}`, `{"commits":[null]}`, `{"check_suite":null}`} {
		f.Add("push", []byte(body))
		f.Add("check_suite", []byte(body))
		f.Add("repository", []byte(body))
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		e, ok, err := hook.Decode(event, body)
		again, okAgain, _ := hook.Decode(event, body)
		if ok != okAgain || !cmp.Equal(e, again) {
			t.Errorf("once %v, then %v", e, again)
		}
		if err != nil && (ok || !cmp.Equal(e, hook.Event{}) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%v, %v with %q", e, ok, err)
		}
		if ok {
			checkEvent(t, e)
		}
	})
}

func FuzzImages(f *testing.F) {
	for _, body := range []string{
		quayNotice, hubNotice("acme/base", "1"), harborNotice("PUSH_ARTIFACT", "9", "h.example:1/a/b:9@"+sum),
		envelope(distributionEvent("push", "r:5000", "http://x/y", "a/b", "1")), distributionEvent("push", "r:5000", "://", "a/b", "1"),
		`{"type":"harbor.artifact.pushed","data":{"resources":[{"tag":"9","resource_url":"[::1]:5/a:9"}]}}`,
		`{"docker_url":"quay.io/a/b","updated_tags":{"1":null}}`, `{"events":null,"push_data":{},"repository":null}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		images, err := hook.Images(body)
		if err != nil && (images != nil || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%v with %q", images, err)
		}
		checkEvent(t, hook.Event{Kind: hook.ImagesPushed, Images: images})
	})
}

// Anything at all in the place of a request: one line of JSON, nothing kept without
// a signature or a secret, nothing that says that we are to blame.
func FuzzReceiver(f *testing.F) {
	f.Add("POST", "/webhooks/github", "push", guid, "application/json", signed(secret, []byte(pushed)), []byte(pushed))
	f.Add("POST", "/webhooks/github", "ping", guid, "application/x-www-form-urlencoded", signed(secret, []byte("payload={}")), []byte("payload={}"))
	f.Add("POST", "/webhooks/registry/"+regToken, "", "", "", "", []byte(quayNotice))
	f.Add("POST", "/webhooks/registry", "", "", "", regToken, []byte(quayNotice))
	f.Add("GET", "/webhooks/registry//", "\x00", "\n", ";", "sha256=", []byte{})
	f.Fuzz(func(t *testing.T, method, path, event, delivery, kind, proof string, body []byte) {
		b := newBook()
		r := httptest.NewRequest("POST", "/", strings.NewReader(string(body)))
		r.Method, r.URL.Path = method, path
		for name, value := range map[string]string{
			"X-GitHub-Event": event, "X-GitHub-Delivery": delivery, "Content-Type": kind,
			"X-Hub-Signature-256": proof, "Authorization": proof,
		} {
			r.Header.Set(name, value)
		}
		w := send(hook.New(b.options()), r)
		checkLine(t, w)
		proven := slices.Contains([]string{signed(secret, body), signed(older, body), regToken}, strings.ToLower(proof)) ||
			strings.HasSuffix(proof, regToken) || path == "/webhooks/registry/"+regToken
		if w.Code >= 500 || !proven && (w.Code < 400 || b.calls != nil) {
			t.Errorf("%d %s, calls %v", w.Code, w.Body, b.calls)
		}
		for id, e := range b.queued {
			if len(id) > 64 {
				t.Errorf("the delivery %q", id)
			}
			checkEvent(t, e)
		}
	})
}
