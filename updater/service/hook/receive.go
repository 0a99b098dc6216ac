package hook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// Options say whose webhooks are taken, and what is done with them.
type Options struct {
	Secrets         []string // any of them signs GitHub's; several while one is being replaced
	RegistrySecrets []string // any of them comes with a registry's notification
	Limit           int64    // of a body in bytes; 0 means 25 MiB, which is GitHub's own

	// Deliver notes a delivery, and says whether it came before.
	Deliver func(ctx context.Context, d store.Delivery) (before store.Delivery, known bool, err error)
	// Enqueue hands an event on. It is called again for a delivery that came before and was never done.
	Enqueue func(ctx context.Context, delivery string, e Event) error

	Seen func(source, event, outcome string) // told of every request, for metrics; nil for nobody
	Log  *slog.Logger                        // nil for silence
	Now  func() time.Time                    // nil means time.Now
}

// A Receiver is the handler of /webhooks/github and /webhooks/registry.
type Receiver struct {
	o   Options
	mux *http.ServeMux
}

// New returns a receiver.
func New(o Options) *Receiver {
	o.Limit = cmp.Or(o.Limit, 25<<20)
	if o.Seen == nil {
		o.Seen = func(string, string, string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Receiver{o: o, mux: http.NewServeMux()}
	r.mux.HandleFunc("POST /webhooks/github", r.github)
	r.mux.HandleFunc("POST /webhooks/registry", r.registry)
	r.mux.HandleFunc("POST /webhooks/registry/{secret}", r.registry)
	return r
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

// A refusal is an answer that is an error.
type refusal struct {
	status int
	why    string
}

// Error says why.
func (r *refusal) Error() string { return r.why }

func refuse(status int, why string) error { return &refusal{status, why} }

// reply answers with one line of JSON.
func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": text}) // the sender may be gone
}

// finish answers, and tells who counts.
func (r *Receiver) finish(w http.ResponseWriter, source, event, done string, err error) {
	var no *refusal
	switch {
	case err == nil && done == ignored:
		r.o.Seen(source, event, "ignored")
		reply(w, http.StatusAccepted, ignored)
	case err == nil:
		r.o.Seen(source, event, "accepted")
		reply(w, http.StatusAccepted, done)
	case errors.As(err, &no):
		r.o.Seen(source, event, "refused")
		r.o.Log.Warn("a webhook is refused", "source", source, "event", event, "reason", no.why)
		reply(w, no.status, no.why)
	default:
		r.o.Seen(source, event, "failed")
		r.o.Log.Error("a webhook could not be kept", "source", source, "event", event, "error", err)
		reply(w, http.StatusServiceUnavailable, "the webhook could not be kept now; send it again")
	}
}

const (
	ignored = "ignored: nothing follows from this event"
	taken   = "accepted"
)

// body reads what was sent, within the limit.
func (r *Receiver) body(w http.ResponseWriter, req *http.Request) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.o.Limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is too large")
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "the body was cut off")
	}
	return data, nil
}

// The words that a request of GitHub is known by. The event is a name of its
// list, the delivery a GUID.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
var (
	eventWord    = regexp.MustCompile(`^[a-z_]{1,64}$`)
	deliveryWord = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)
)

// github takes a webhook of GitHub.
func (r *Receiver) github(w http.ResponseWriter, req *http.Request) {
	event := req.Header.Get("X-GitHub-Event")
	if !eventWord.MatchString(event) {
		event = "unknown"
	}
	done, err := r.fromGitHub(w, req, event)
	r.finish(w, "github", event, done, err)
}

func (r *Receiver) fromGitHub(w http.ResponseWriter, req *http.Request, event string) (string, error) {
	if len(r.o.Secrets) == 0 {
		return "", refuse(http.StatusNotFound, "no webhook secret is set, so webhooks of GitHub are not taken")
	}
	data, err := r.body(w, req)
	if err != nil {
		return "", err
	}
	if !r.signed(data, req.Header.Get("X-Hub-Signature-256")) {
		return "", refuse(http.StatusUnauthorized, "the signature is missing or wrong")
	}
	delivery := req.Header.Get("X-GitHub-Delivery")
	if event == "unknown" || !deliveryWord.MatchString(delivery) {
		return "", refuse(http.StatusBadRequest, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
	}
	data, err = payload(req, data)
	if err != nil {
		return "", err
	}
	e, ok, err := Decode(event, data)
	if err != nil {
		return "", refuse(http.StatusBadRequest, err.Error())
	}
	if !ok {
		return ignored, nil
	}
	return r.take(req.Context(), delivery, event, e)
}

// signed reports whether one of our secrets signed the body.
//
// See https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
func (r *Receiver) signed(data []byte, header string) bool {
	text, ok := strings.CutPrefix(header, "sha256=")
	got, err := hex.DecodeString(text)
	if !ok || err != nil || len(got) != sha256.Size {
		return false
	}
	valid := 0
	for _, secret := range r.o.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(data)
		valid |= subtle.ConstantTimeCompare(got, mac.Sum(nil))
	}
	return valid == 1
}

// payload takes the document out of a body, which may be that of a form.
func payload(req *http.Request, data []byte) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return nil, refuse(http.StatusUnsupportedMediaType, "the content type is neither JSON nor a form")
	}
	switch kind {
	case "application/json":
		return data, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		if err != nil || form.Get("payload") == "" {
			return nil, refuse(http.StatusBadRequest, "the form has no payload")
		}
		return []byte(form.Get("payload")), nil
	}
	return nil, refuse(http.StatusUnsupportedMediaType, "the content type is neither JSON nor a form")
}

// take notes the delivery and hands the event on, in this order: what was noted
// and not handed on is taken again when it is sent again.
func (r *Receiver) take(ctx context.Context, delivery, event string, e Event) (string, error) {
	before, known, err := r.o.Deliver(ctx, store.Delivery{ID: delivery, Event: event, Received: r.o.Now()})
	if err != nil {
		return "", err
	}
	if known && before.Done {
		return "", refuse(http.StatusConflict, "this delivery was received and done before")
	}
	if err := r.o.Enqueue(ctx, delivery, e); err != nil {
		return "", err
	}
	return taken, nil
}
