package hook

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// Options configure which webhooks are accepted, and how they are handled.
type Options struct {
	Secrets         []string // any of them may sign GitHub's webhooks; several during rotation; none: GitHub's are rejected
	RegistrySecrets []string // a registry's notification must have one of them; none: these are rejected
	Limit           int64    // limit of GitHub's bodies in bytes; 0 means 25 MiB, GitHub's own limit
	RegistryLimit   int64    // limit of registries' bodies in bytes; 0 means 1 MiB

	// Deliver records a delivery, and returns whether it was seen before.
	Deliver func(ctx context.Context, d store.Delivery) (before store.Delivery, known bool, err error)
	// Enqueue hands an event on. It is called again for a repeated delivery that was never done.
	Enqueue func(ctx context.Context, delivery string, e Event) error
	Wait    time.Duration // time limit of both; 0 means 8 s, since GitHub gives up after 10

	Seen func(source, event, outcome string) // called for every request, for metrics; nil for none
	Log  *slog.Logger                        // nil for no logging
	Now  func() time.Time                    // nil means time.Now
}

// A Receiver is the handler of POST /webhooks/github and
// /webhooks/registry[/SECRET].
//
// It answers quickly: it authenticates the sender before it parses anything, and
// leaves the work to the queue.
type Receiver struct {
	o     Options
	large chan struct{} // one slot for each body larger than small that is being read
}

const (
	small    = 1 << 20 // bytes of a body that any sender may make the server buffer
	maxLarge = 8       // larger bodies read concurrently
)

// New returns a receiver.
func New(o Options) *Receiver {
	o.Limit = cmp.Or(o.Limit, 25<<20)
	o.RegistryLimit = cmp.Or(o.RegistryLimit, 1<<20)
	o.Wait = cmp.Or(o.Wait, 8*time.Second)
	o.Secrets, o.RegistrySecrets = without(o.Secrets), without(o.RegistrySecrets)
	if o.Seen == nil {
		o.Seen = func(string, string, string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Receiver{o: o, large: make(chan struct{}, maxLarge)}
}

// without drops empty secrets: an unset variable must not accept requests without one.
func without(secrets []string) []string {
	return slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch secret, registry := strings.CutPrefix(req.URL.Path, registryPath); {
	case req.URL.Path == githubPath:
		event, a := r.github(w, req)
		r.answer(w, "github", event, a)
	case registry && (secret == "" || secret[0] == '/'):
		r.answer(w, "registry", string(ImagesPushed), r.registry(w, req, strings.TrimPrefix(secret, "/")))
	default:
		r.answer(w, "none", other, refused(http.StatusNotFound, "the paths are /webhooks/github and /webhooks/registry"))
	}
}

const (
	githubPath   = "/webhooks/github"
	registryPath = "/webhooks/registry"
)

// body reads the body within the limit, whatever its Content-Length says.
func (r *Receiver) body(w http.ResponseWriter, req *http.Request, limit int64) ([]byte, *answer) {
	if req.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	in := http.MaxBytesReader(w, req.Body, limit)
	data, err := io.ReadAll(io.LimitReader(in, small+1))
	if err == nil && len(data) > small {
		select {
		case r.large <- struct{}{}:
			defer func() { <-r.large }()
		default:
			return nil, refused(http.StatusServiceUnavailable, "too many large bodies are being read; send it again")
		}
		var rest []byte
		rest, err = io.ReadAll(in)
		data = append(data, rest...)
	}
	if err != nil {
		return nil, cutOff(err, limit)
	}
	return data, nil
}

// take records the delivery and then hands the event on, so that an event that was
// recorded but not handed on is handled when it is sent again. It continues even if
// the sender disconnects.
func (r *Receiver) take(ctx context.Context, delivery, event string, e Event) *answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Wait)
	defer cancel()
	before, known, err := r.o.Deliver(ctx, store.Delivery{ID: delivery, Event: event, Received: r.o.Now()})
	switch {
	case err != nil:
		return failed("record the delivery", delivery, err)
	case known && before.Done:
		return replayed(delivery)
	}
	if err := r.o.Enqueue(ctx, delivery, e); err != nil {
		return failed("enqueue the event", delivery, err)
	}
	return accepted(delivery, e)
}
