// Package hook receives webhooks of a forge, and of registries that report pushed
// images. It rejects forged, replayed, oversized or malformed requests, and converts
// the others into events.
//
// It hands events on; it does not react to them.
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

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/store"
)

// Options configure which webhooks are accepted, and how they are handled.
type Options struct {
	Forge           event.Source
	RegistrySecrets []string // a registry's notification must have one of them; none: these are rejected
	Limit           int64    // limit of the forge's bodies in bytes; 0 means 25 MiB, GitHub's own limit
	RegistryLimit   int64    // limit of registries' bodies in bytes; 0 means 1 MiB

	// Deliver records a delivery, and returns whether it was seen before.
	Deliver func(ctx context.Context, d store.Delivery) (before store.Delivery, known bool, err error)
	// Enqueue hands an event on. It is called again for a repeated delivery that was never done.
	Enqueue func(ctx context.Context, delivery string, e event.Event) error
	Wait    time.Duration // time limit of both; 0 means 8 s, since GitHub gives up after 10

	Seen func(source, event, outcome string) // called for every request, for metrics; nil for none
	Log  *slog.Logger                        // nil for no logging
	Now  func() time.Time                    // nil means time.Now
}

// A Receiver is the handler of POST /webhooks/FORGE and
// /webhooks/registry[/SECRET].
//
// It answers quickly, and leaves the work to the queue.
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
	// An empty secret, from an unset variable, must not accept requests without one.
	o.RegistrySecrets = slices.DeleteFunc(slices.Clone(o.RegistrySecrets), func(s string) bool { return s == "" })
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

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	forge := r.o.Forge.Name()
	switch secret, registry := strings.CutPrefix(req.URL.Path, registryPath); {
	case req.URL.Path == webhooks+forge:
		name, a := r.forge(w, req)
		r.answer(w, forge, name, a)
	// /webhooks/registryX is another path.
	case registry && (secret == "" || secret[0] == '/'):
		r.answer(w, "registry", string(event.ImagesPushed), r.registry(w, req, strings.TrimPrefix(secret, "/")))
	default:
		r.answer(w, "none", event.Other, refused(http.StatusNotFound, "the paths are "+webhooks+forge+" and "+registryPath))
	}
}

const (
	webhooks     = "/webhooks/"
	registryPath = webhooks + "registry"
)

// forge receives a webhook of the forge. It returns the event's name for metrics.
func (r *Receiver) forge(w http.ResponseWriter, req *http.Request) (string, *answer) {
	if req.Method != http.MethodPost {
		return event.Other, wrongMethod()
	}
	d, no := r.o.Forge.Receive(req.Header, func() ([]byte, *event.Rejection) { return r.body(w, req, r.o.Limit) })
	switch {
	case no != nil:
		return d.Name, refused(no.Status, no.Why)
	case d.Event == nil:
		return d.Name, ignored()
	case d.Event.Kind == event.Ping:
		return d.Name, pong()
	}
	return d.Name, r.take(req.Context(), d.ID, d.Name, *d.Event)
}

// body reads the body within the limit, whatever its Content-Length says.
func (r *Receiver) body(w http.ResponseWriter, req *http.Request, limit int64) ([]byte, *event.Rejection) {
	if req.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	in := http.MaxBytesReader(w, req.Body, limit)
	// One byte more than a small body has tells whether the rest needs a slot.
	data, err := io.ReadAll(io.LimitReader(in, small+1))
	if err == nil && len(data) > small {
		select {
		case r.large <- struct{}{}:
			defer func() { <-r.large }()
		default:
			return nil, &event.Rejection{Status: http.StatusServiceUnavailable, Why: "too many large bodies are being read; send it again"}
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
func (r *Receiver) take(ctx context.Context, delivery, name string, e event.Event) *answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Wait)
	defer cancel()
	before, known, err := r.o.Deliver(ctx, store.Delivery{ID: delivery, Event: name, Received: r.o.Now()})
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
