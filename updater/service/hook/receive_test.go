package hook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/store"
)

const (
	secret   = "it's a secret to everybody"
	older    = "the one before"
	regToken = "registry/token+="
	guid     = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
)

// A book stands in for the database and the queue.
type book struct {
	mu         sync.Mutex
	deliveries map[string]store.Delivery
	queued     map[string]event.Event // unique by delivery, as the queue is
	calls      []string
	noted, put error // what the database answers
}

func newBook() *book {
	return &book{deliveries: map[string]store.Delivery{}, queued: map[string]event.Event{}}
}

func (b *book) deliver(ctx context.Context, d store.Delivery) (store.Delivery, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, "deliver")
	if err := errors.Join(ctx.Err(), b.noted); err != nil {
		return store.Delivery{}, false, err
	}
	before, known := b.deliveries[d.ID]
	if !known {
		b.deliveries[d.ID] = d
	}
	return before, known, nil
}

func (b *book) enqueue(ctx context.Context, delivery string, e event.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, "enqueue")
	if err := errors.Join(ctx.Err(), b.put); err != nil {
		return err
	}
	b.queued[delivery] = e
	return nil
}

// done marks every delivery as done.
func (b *book) done() {
	for id, d := range b.deliveries {
		d.Done = true
		b.deliveries[id] = d
	}
}

// events returns what was queued, in the order of deliveries.
func (b *book) events() (events []event.Event) {
	var ids []string
	for id := range b.queued {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		events = append(events, b.queued[id])
	}
	return events
}

func (b *book) options() hook.Options {
	return hook.Options{
		Forge: webhook.New([]string{secret, older}), RegistrySecrets: []string{regToken},
		Deliver: b.deliver, Enqueue: b.enqueue,
	}
}

func signed(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// github is a request as GitHub sends it.
func github(event, body string) *http.Request {
	r := httptest.NewRequest("POST", "/webhooks/github", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", guid)
	r.Header.Set("X-Hub-Signature-256", signed(secret, []byte(body)))
	return r
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// checkLine checks that an answer is one line of JSON.
func checkLine(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var line map[string]string
	body := w.Body.String()
	if err := json.Unmarshal([]byte(body), &line); err != nil || strings.Count(body, "\n") != 1 || line["message"] == "" {
		t.Errorf("the answer is %q, want one line of JSON", body)
	}
	return line["message"]
}

const pushed = `{"ref":"refs/heads/main","after":"6113728f27ae82c7b1a177c8d03f9e96e0adf246",` +
	`"commits":[{"id":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","added":["Dockerfile"],"removed":[],"modified":[]}],` +
	`"repository":{"id":7,"full_name":"acme/app","default_branch":"main"},"sender":{"login":"ann","type":"User"}}`

// A changed request is one of GitHub's, but for something.
type changed struct {
	name   string
	change func(*http.Request)
	status int
}

func requests() []changed {
	form := "payload=" + url.QueryEscape(pushed)
	sha1sum := hmac.New(sha1.New, []byte(secret))
	sha1sum.Write([]byte(pushed))
	set := func(kv ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(kv); i += 2 {
				r.Header.Set(kv[i], kv[i+1])
			}
		}
	}
	asForm := func(body string) func(*http.Request) {
		return func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(body))
			set("Content-Type", "application/x-www-form-urlencoded", "X-Hub-Signature-256", signed(secret, []byte(body)))(r)
		}
	}
	return []changed{
		{"as GitHub sends it", set(), 202},
		{"the secret of before", set("X-Hub-Signature-256", signed(older, []byte(pushed))), 202},
		{"a delivery in upper case", set("X-GitHub-Delivery", strings.ToUpper(guid)), 202},
		{"a charset", set("Content-Type", "application/json; charset=utf-8"), 202},
		{"a form", asForm(form), 202},

		{"no signature", func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, 401},
		{"SHA-1 only", func(r *http.Request) {
			r.Header.Del("X-Hub-Signature-256")
			r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(sha1sum.Sum(nil)))
		}, 401},
		{"SHA-1 in the place of SHA-256", set("X-Hub-Signature-256", "sha1="+hex.EncodeToString(sha1sum.Sum(nil))), 401},
		{"another secret", set("X-Hub-Signature-256", signed("guess", []byte(pushed))), 401},
		{"an empty secret", set("X-Hub-Signature-256", signed("", []byte(pushed))), 401},
		{"another body", set("X-Hub-Signature-256", signed(secret, []byte(pushed+" "))), 401},
		{"half a signature", set("X-Hub-Signature-256", signed(secret, []byte(pushed))[:39]), 401},
		{"no hexadecimal", set("X-Hub-Signature-256", "sha256="+strings.Repeat("zz", 32)), 401},
		{"no sha256=", set("X-Hub-Signature-256", signed(secret, []byte(pushed))[7:]), 401},
		{"a form signed over its payload", func(r *http.Request) {
			asForm(form)(r)
			r.Header.Set("X-Hub-Signature-256", signed(secret, []byte(pushed)))
		}, 401},

		{"no event", set("X-GitHub-Event", ""), 400},
		{"an event that is none", set("X-GitHub-Event", "push\x00"), 400},
		{"no delivery", set("X-GitHub-Delivery", ""), 400},
		{"a delivery that is no GUID", set("X-GitHub-Delivery", "../../etc"), 400},
		{"the delivery of a registry", set("X-GitHub-Delivery", "registry:0123456789abcdef"), 400},
		{"a short delivery", set("X-GitHub-Delivery", "1"), 400},
		{"a long delivery", set("X-GitHub-Delivery", strings.Repeat("a", 1<<16)), 400},
		{"a form without a payload", asForm("other=1"), 400},
		{"a form with two payloads", asForm(form + "&" + form), 400},
		{"half a form", asForm("payload=%zz"), 400},
		{"no content type", set("Content-Type", ""), 415},
		{"XML", set("Content-Type", "application/xml"), 415},
		{"another event", set("X-GitHub-Event", "star"), 202},
	}
}

func TestRequests(t *testing.T) {
	for _, test := range requests() {
		t.Run(test.name, func(t *testing.T) {
			b := newBook()
			r := github("push", pushed)
			test.change(r)
			w := send(hook.New(b.options()), r)
			if text := checkLine(t, w); w.Code != test.status {
				t.Errorf("%d %s, want %d", w.Code, text, test.status)
			}
			taken := test.status == 202 && test.name != "another event"
			if want := []string{"deliver", "enqueue"}; taken && !slices.Equal(b.calls, want) || !taken && b.calls != nil {
				t.Errorf("calls %v", b.calls)
			}
			if _, ok := b.deliveries[guid]; ok != taken {
				t.Errorf("deliveries %v", b.deliveries)
			}
		})
	}
}

// Whatever is wrong with a signature, the answer is the same.
func TestUnsignedAlike(t *testing.T) {
	h := hook.New(newBook().options())
	answers := map[string]bool{}
	for _, signature := range []string{"", "sha256=", "sha256=zz", signed("guess", []byte(pushed)), "sha1=00"} {
		r := github("push", pushed)
		r.Header.Set("X-Hub-Signature-256", signature)
		answers[send(h, r).Body.String()] = true
	}
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
}

func TestPaths(t *testing.T) {
	b := newBook()
	for _, test := range []struct {
		method, path string
		o            hook.Options
		status       int
	}{
		{"GET", "/webhooks/github", b.options(), 405},
		{"PUT", "/webhooks/registry/" + url.PathEscape(regToken), b.options(), 405},
		{"HEAD", "/webhooks/registry", b.options(), 405},
		{"POST", "/webhooks/github/", b.options(), 404},
		{"POST", "/webhooks/registryx", b.options(), 404},
		{"POST", "/webhooks/", b.options(), 404},
		{"POST", "/webhooks/github", hook.Options{Forge: webhook.New(nil)}, 404},
		{"POST", "/webhooks/registry/x", hook.Options{Forge: webhook.New(nil)}, 404},
		{"POST", "/webhooks/github", hook.Options{Forge: webhook.New([]string{""})}, 404},
		{"POST", "/webhooks/registry/", hook.Options{Forge: webhook.New(nil), RegistrySecrets: []string{"", ""}}, 404},
	} {
		r := github("ping", "{}")
		r.Method, r.URL = test.method, &url.URL{Path: strings.ReplaceAll(test.path, "%2F", "/")}
		r.Header.Set("X-Hub-Signature-256", signed("", []byte("{}")))
		w := send(hook.New(test.o), r)
		checkLine(t, w)
		if w.Code != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, w.Code, test.status)
		}
		if allow := w.Header().Get("Allow"); (allow == "POST") != (test.status == 405) {
			t.Errorf("%s %s: Allow is %q", test.method, test.path, allow)
		}
	}
	if b.calls != nil {
		t.Errorf("calls %v", b.calls)
	}
}

func TestPing(t *testing.T) {
	b := newBook()
	if w := send(hook.New(b.options()), github("ping", `{"zen":"Keep it logically awesome.","hook_id":1}`)); w.Code != 200 || b.calls != nil {
		t.Errorf("%d %v, want 200 and nothing kept", w.Code, b.calls)
	}
}

func TestReplay(t *testing.T) {
	b := newBook()
	h := hook.New(b.options())
	for range 2 { // GitHub's own redelivery of one that is not done yet
		if w := send(h, github("push", pushed)); w.Code != 202 {
			t.Fatalf("%d, want 202", w.Code)
		}
	}
	b.done()
	r := github("push", pushed)
	r.Header.Set("X-GitHub-Delivery", strings.ToUpper(guid)) // the same one all the same
	w := send(h, r)
	if text := checkLine(t, w); w.Code != 409 || !strings.Contains(text, "received and handled before") {
		t.Errorf("%d %s, want 409", w.Code, text)
	}
	if len(b.queued) != 1 || len(b.deliveries) != 1 {
		t.Errorf("queued %v, deliveries %v", b.queued, b.deliveries)
	}
}

// What could not be kept is refused so that it is sent again, and then taken.
func TestDatabaseDown(t *testing.T) {
	b := newBook()
	h := hook.New(b.options())
	for _, down := range []func(error){func(err error) { b.noted = err }, func(err error) { b.put = err }} {
		down(errors.New("dial tcp: connection refused, password=hunter2"))
		w := send(h, github("push", pushed))
		if text := checkLine(t, w); w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(text, "dial") {
			t.Errorf("%d %v %s, want 503 with Retry-After, without the cause", w.Code, w.Header(), text)
		}
		down(nil)
	}
	if w := send(h, github("push", pushed)); w.Code != 202 || len(b.queued) != 1 {
		t.Errorf("%d, queued %v", w.Code, b.queued)
	}
}

// A sender that hangs up does not make us forget half way; a database that hangs
// does not hold us for ever.
func TestPatience(t *testing.T) {
	b := newBook()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w := send(hook.New(b.options()), github("push", pushed).WithContext(ctx)); w.Code != 202 {
		t.Errorf("hung up: %d, want 202", w.Code)
	}
	o := b.options()
	o.Wait = time.Nanosecond
	o.Deliver = func(ctx context.Context, _ store.Delivery) (store.Delivery, bool, error) {
		<-ctx.Done()
		return store.Delivery{}, false, ctx.Err()
	}
	if w := send(hook.New(o), github("push", pushed)); w.Code != 503 {
		t.Errorf("a database that hangs: %d, want 503", w.Code)
	}
}

func TestAtOnce(t *testing.T) {
	b := newBook()
	h := hook.New(b.options())
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			if w := send(h, github("push", pushed)); w.Code != 202 {
				t.Errorf("%d, want 202", w.Code)
			}
		})
	}
	group.Wait()
	if len(b.queued) != 1 || len(b.deliveries) != 1 {
		t.Errorf("queued %d, deliveries %d, want 1 each", len(b.queued), len(b.deliveries))
	}
}

// What is counted cannot be made up by strangers, and no secret is logged or answered.
func TestWhatIsTold(t *testing.T) {
	var log bytes.Buffer
	var seen []string
	b := newBook()
	o := b.options()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Seen = func(source, event, outcome string) { seen = append(seen, source+" "+event+" "+outcome) }
	h := hook.New(o)
	notice := func(path string) *http.Request {
		r := httptest.NewRequest("POST", path, strings.NewReader(`{"docker_url":"quay.io/acme/base","updated_tags":["1"]}`))
		r.Header.Set("Authorization", "Bearer "+older)
		return r
	}
	made := github("push", pushed)
	made.Header.Set("X-GitHub-Event", "made-up-by-a-stranger")
	var answers strings.Builder
	for _, r := range []*http.Request{
		github("push", pushed), github("star", "{}"), made, github("push", "["),
		notice("/webhooks/registry/" + url.PathEscape(regToken)), notice("/webhooks/registry/almost-" + url.PathEscape(regToken)),
		httptest.NewRequest("POST", "/webhooks/", nil),
	} {
		answers.WriteString(send(h, r).Body.String())
	}
	b.done()
	send(h, github("push", pushed))
	b.noted = errors.New("disk full")
	send(h, github("push", pushed))
	want := []string{
		"github push accepted", "github other ignored", "github other refused", "github push refused",
		"registry images accepted", "registry images refused", "none other refused",
		"github push replayed", "github push failed",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	for _, word := range []string{secret, older, regToken, "almost", url.PathEscape(regToken)} {
		if strings.Contains(log.String()+answers.String(), word) {
			t.Errorf("%q is told:\n%s%s", word, log.String(), answers.String())
		}
	}
	if !strings.Contains(log.String(), "disk full") {
		t.Error("the log does not say what is wrong")
	}
}
