package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// A wire sends requests, and applies the rules about hosts, the limits and retries.
type wire struct {
	o         Options
	counts    *counts
	transport *http.Transport
	rules     hostrules.Rules

	slots  *gate // one slot for each request in progress
	trials *gate // additional slots for hosts that have not answered, so that dead ones leave slots for others
	large  *gate // additional slots for answers that need much memory
	limits *limits

	mu    sync.Mutex
	hosts map[string]*host
}

func newWire(o Options, c *counts) *wire {
	w := &wire{o: o, counts: c, hosts: map[string]*host{}}
	w.slots = newGate(o.Parallel, o.PerHost)
	// Dead hosts can hold at most half of all slots.
	w.trials = newGate((o.Parallel+1)/2, 0)
	w.large = newGate(mostLarge, 0)
	w.limits = newLimits(o)
	w.rules = hostrules.New(o.hosts())
	w.transport = guarded(w.rules, o)
	return w
}

// Guarded returns a transport for servers that the operator has configured. It has no
// cache, retries and limits, but it does not dial a private address of a host for which
// own is false, whatever redirects and names lead to.
func Guarded(own func(host string) bool) *http.Transport {
	o := Options{NoPrivate: true, Own: own}.withDefaults()
	return guarded(hostrules.New(o.hosts()), o)
}

func guarded(r hostrules.Rules, o Options) *http.Transport {
	return &http.Transport{
		Proxy:                  r.Proxy,
		DialContext:            r.Dial,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    min(10*time.Second, o.Timeout),
		MaxIdleConnsPerHost:    o.PerHost,
		IdleConnTimeout:        30 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// check returns an error if a rule forbids the host of an address.
func (w *wire) check(method string, u *url.URL) error {
	if err := w.rules.Check(u); err != nil {
		return causeError(Refused, method, u, err)
	}
	return nil
}

func (w *wire) host(name string) *host {
	w.mu.Lock()
	defer w.mu.Unlock()
	h, ok := w.hosts[name]
	if !ok || w.o.Lasting && h.rested(w.o.Rest) {
		h = newHost(name, w.o.PerHost)
		w.hosts[name] = h
	}
	return h
}

// RoundTrip sends a request and retries it. If the last answer still calls for a retry,
// it returns an *Error.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.check(req.Method, req.URL); err != nil {
		closeBody(req)
		return nil, err
	}
	// A RoundTripper must not change the request of its caller.
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", w.o.UserAgent)
	}
	h := w.host(req.URL.Host)
	defer w.counts.begin(req.URL.Host)()
	res, err := w.charge(req, h)
	if err != nil {
		err = asError(req.Context(), req.Method, req.URL, h.explain(req, err))
	}
	return res, err
}

// do takes a slot and makes attempts until one succeeds or no retry is left.
func (w *wire) do(req *http.Request, h *host) (*http.Response, error) {
	leave, err := h.acquire(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		res, err := w.attempt(req, h)
		v := judge(req, h, res, err)
		if v.err == nil {
			h.success()
			// Until the answer is read, the request counts for its host.
			res.Body.(*body).leave = leave
			return res, nil
		}
		discard(res)
		if err := w.waitRetry(req, h, v, res, attempt); err != nil {
			leave()
			return nil, err
		}
	}
}

// waitRetry waits before the next attempt. An error ends the request.
func (w *wire) waitRetry(req *http.Request, h *host, v verdict, res *http.Response, attempt int) error {
	wait, late := w.wait(res, attempt)
	if !v.again || attempt >= min(w.o.Retries, v.most) || late != nil {
		v.err = withCause(v.err, late)
		// A host that asks for more patience than the operator has does not serve this run.
		if late != nil {
			v.blame = max(v.blame, doubtful)
		}
		h.fail(v)
		return v.err
	}
	if res != nil && v.blame == server {
		h.restrict()
		w.limits.meet(req.Context(), pauseOf(h), w.o.Now().Add(wait))
	}
	w.o.Log.Debug("retry", "method", req.Method, "url", Plain(req.URL), "after", wait, "because", v.err)
	return w.sleep(req.Context(), h, wait)
}

// sleep waits, unless the host is given up meanwhile.
func (w *wire) sleep(ctx context.Context, h *host, d time.Duration) error {
	if err := h.failure(); err != nil || d <= 0 {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.down, cancel)()
	err := w.o.Sleep(ctx, d)
	return cmp.Or(h.failure(), err) // the first is also the reason for the second
}

// attempt sends the request once, when it is its turn.
func (w *wire) attempt(req *http.Request, h *host) (*http.Response, error) {
	release, err := w.turn(req.Context(), h)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if err := spend(req.Context()); err != nil {
		release()
		closeBody(req)
		return nil, causeError(Limit, req.Method, req.URL, err)
	}
	w.counts.count(req.Context(), h.name, Stats{Sent: 1})
	began := time.Now()
	watch := newWatch(req.Context(), w.o)
	again := req.WithContext(watch.ctx)
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			watch.stop()
			release()
			return nil, err
		}
	}
	res, err := w.transport.RoundTrip(again)
	w.report(req, res, err, began)
	if err != nil {
		err = watch.cause(err)
		watch.stop()
		release()
		return nil, err
	}
	res.Body = &body{ReadCloser: res.Body, watch: watch, req: req, host: h, release: release}
	return res, nil
}

func (w *wire) report(req *http.Request, res *http.Response, err error, began time.Time) {
	result := any(err)
	if res != nil {
		result = res.StatusCode
	}
	w.o.Log.Debug("request", "method", req.Method, "url", Plain(req.URL), "result", result, "took", time.Since(began))
}

// pauseOf names the pause of a host among those of other servers.
func pauseOf(h *host) string { return "host/" + h.name }

// adopt takes over the pause that a host has asked another process for.
func (w *wire) adopt(ctx context.Context, h *host) {
	now := w.o.Now()
	if wait := w.limits.elsewhere(ctx, pauseOf(h)).Sub(now); wait > 0 {
		h.restrict()
		w.limits.extend(pauseOf(h), now.Add(min(wait, w.o.MaxWait)))
	}
}

// waitPause waits as long as the host has asked all its clients to.
func (w *wire) waitPause(ctx context.Context, h *host) error {
	for {
		wait := w.limits.at(pauseOf(h)).Sub(w.o.Now())
		if err := w.sleep(ctx, h, wait); err != nil || wait <= 0 {
			return err
		}
	}
}

// turn waits until the pause of the host is over and the limit on all admits one more.
func (w *wire) turn(ctx context.Context, h *host) (release func(), err error) {
	w.adopt(ctx, h)
	if err := w.waitPause(ctx, h); err != nil {
		return nil, err
	}
	t := takerOf(ctx, h.name)
	if fine, _ := h.record(); fine {
		return h.acquireSlot(ctx, w.slots, t, func() {})
	}
	// This order, because a request that waits for a trial must not hold one of all slots.
	leave, err := h.acquireSlot(ctx, w.trials, taker{pass: t.pass}, func() {})
	if err != nil {
		return nil, err
	}
	return h.acquireSlot(ctx, w.slots, t, leave)
}

// backoff doubles with each attempt and is spread, so that many do not come back at once.
func (w *wire) backoff(attempt int) time.Duration {
	// Without the limit, the shift overflows.
	d := w.o.Backoff << min(attempt, 10)
	return d/2 + rand.N(d/2+1)
}

// wait says how long to wait before the next attempt. late is an error where
// the host wants more patience than the operator has.
func (w *wire) wait(res *http.Response, attempt int) (d time.Duration, late error) {
	d = w.backoff(attempt)
	if res == nil {
		return d, nil
	}
	asked, _ := requestedWait(res, w.o.Now())
	if asked > w.o.MaxWait {
		until := w.o.Now().Add(asked).UTC().Format(time.RFC3339)
		return 0, fmt.Errorf("%s, not before %s", statusText(res.StatusCode), until)
	}
	return min(max(d, asked), w.o.MaxWait), nil
}

func withCause(err error, cause error) error {
	var e *Error
	if cause == nil || !errors.As(err, &e) {
		return err
	}
	f := *e
	f.Err = cause
	return &f
}

func discard(res *http.Response) {
	if res != nil {
		drain(res.Body)
		_ = res.Body.Close() // the answer is not used
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // a RoundTripper must close it, also on errors
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A body gives the place of its request back when it is closed.
type body struct {
	io.ReadCloser
	watch   *watch
	req     *http.Request
	host    *host
	release func()
	leave   func() // nil until the answer is accepted; frees the slot
	once    sync.Once
}

// Read implements io.Reader. The watch ends the request after a long pause or if the body is too slow.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.progress(n)
	switch {
	case err == io.EOF:
		b.host.wholeAnswer()
	case err != nil:
		err = b.late(b.watch.cause(err))
	}
	return n, err
}

func (b *body) late(err error) error {
	if !errors.Is(err, errSlow) {
		return err
	}
	e := causeError(Unreachable, b.req.Method, b.req.URL, err)
	b.host.slowAnswer(e)
	return e
}

// Close ends the request.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() {
		b.watch.stop()
		b.release()
		if b.leave != nil {
			b.leave()
		}
	})
	return err
}
