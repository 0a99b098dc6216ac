package hook_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/service/hook"
)

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
		if err := forgetest.CheckEvent(event.Event{Kind: event.ImagesPushed, Images: images}); err != nil {
			t.Error(err)
		}
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
			if err := forgetest.CheckEvent(e); err != nil {
				t.Error(err)
			}
		}
	})
}
