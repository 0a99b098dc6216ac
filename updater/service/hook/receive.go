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

// Options say whose webhooks are taken, and what is done with them.
type Options struct {
	Secrets         []string // any of them signs GitHub's; several while one is being replaced; none: GitHub's are refused
	RegistrySecrets []string // any of them comes with a registry's notification; none: these are refused
	Limit           int64    // of GitHub's bodies in bytes; 0 means 25 MiB, which is GitHub's own
	RegistryLimit   int64    // of registries' bodies in bytes; 0 means 1 MiB

	// Deliver notes a delivery, and says whether it came before.
	Deliver func(ctx context.Context, d store.Delivery) (before store.Delivery, known bool, err error)
	// Enqueue hands an event on. It is called again for a delivery that came before and was never done.
	Enqueue func(ctx context.Context, delivery string, e Event) error
	Wait    time.Duration // how long both may take; 0 means 8 s, since GitHub hangs up after 10

	Seen func(source, event, outcome string) // told of every request, for metrics; nil for nobody
	Log  *slog.Logger                        // nil for silence
	Now  func() time.Time                    // nil means time.Now
}

// A Receiver is the handler of POST /webhooks/github and /webhooks/registry[/SECRET].
//
// It keeps each request only so long as it must: who sent it is checked before
// anything is parsed, and what it asks for is done by others.
type Receiver struct {
	o     Options
	large chan struct{} // holds a place for each body above small that is being read
}

const (
	small    = 1 << 20 // bytes of a body that anybody may make us hold
	maxLarge = 8       // larger bodies that are read at once
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

// without drops secrets that are empty: an unset variable must not open the door.
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
		r.answer(w, "none", other, refused(http.StatusNotFound, "there are /webhooks/github and /webhooks/registry"))
	}
}

const (
	githubPath   = "/webhooks/github"
	registryPath = "/webhooks/registry"
)

// body reads what was sent, within the limit, whatever length it claims to have.
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

// take notes the delivery and hands the event on, in this order: what was noted
// and not handed on is taken when it is sent again. It ends what it began also
// where the sender hangs up.
func (r *Receiver) take(ctx context.Context, delivery, event string, e Event) *answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Wait)
	defer cancel()
	before, known, err := r.o.Deliver(ctx, store.Delivery{ID: delivery, Event: event, Received: r.o.Now()})
	switch {
	case err != nil:
		return failed("note the delivery", delivery, err)
	case known && before.Done:
		return replayed(delivery)
	}
	if err := r.o.Enqueue(ctx, delivery, e); err != nil {
		return failed("enqueue the event", delivery, err)
	}
	return accepted(delivery, e)
}
