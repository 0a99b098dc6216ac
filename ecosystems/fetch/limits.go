package fetch

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Pauses are the times, shared by processes, before which no requests may be sent to a
// host or for an account. The methods are called without locks and may wait for a
// database.
type Pauses interface {
	Until(ctx context.Context, name string) time.Time // zero for no pause
	Pause(ctx context.Context, name string, until time.Time)
}

// limits holds the pauses that this process knows.
type limits struct {
	shared Pauses // nil for none
	now    func() time.Time

	mu    sync.Mutex
	until map[string]time.Time
}

func newLimits(o Options) *limits {
	return &limits{shared: o.Pauses, now: o.Now, until: map[string]time.Time{}}
}

// at returns when a limit ends according to this process.
func (l *limits) at(name string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until[name]
}

// elsewhere returns when a limit ends according to other processes; zero for none.
func (l *limits) elsewhere(ctx context.Context, name string) time.Time {
	if l.shared == nil {
		return time.Time{}
	}
	return l.shared.Until(ctx, name)
}

// meet records when a limit ends, and shares it with other processes if it is later than
// the known end. It returns the later end.
func (l *limits) meet(ctx context.Context, name string, until time.Time) time.Time {
	if !l.extend(name, until) {
		return l.at(name)
	}
	if l.shared != nil {
		l.shared.Pause(ctx, name, until)
	}
	return until
}

// extend records when a limit ends, and reports whether it is later than the known end.
func (l *limits) extend(name string, until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !until.After(l.until[name]) {
		return false
	}
	l.until[name] = until
	return true
}

// An Account is the owner of a rate limit, for servers that limit logins and not
// addresses. Requests wait for its limit, which does not affect the state of the host. It
// supports GitHub's limits: Retry-After, X-RateLimit-Remaining and -Reset, and secondary
// limits that only the message mentions.
//
// See https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
type Account struct {
	Name string             // key in Pauses: "github/acme"; must not contain secrets
	Wait *Budget            // limit on waiting; nil means Options.MaxWait for each request
	Left func(requests int) // called with the remaining requests; nil for none
}

type accountKey struct{}

// Charged returns a context whose requests count for the limit of an account.
func Charged(ctx context.Context, a Account) context.Context {
	return context.WithValue(ctx, accountKey{}, &a)
}

// accountOf returns the account of a context, nil for none.
func accountOf(ctx context.Context) *Account {
	a, _ := ctx.Value(accountKey{}).(*Account)
	return a
}

// A Budget limits how long several requests may wait for limits in total. Concurrent
// waits count once.
type Budget struct {
	limit time.Duration

	mu     sync.Mutex
	waited time.Duration
	until  time.Time // end of the last wait
}

// NewBudget returns a budget.
func NewBudget(limit time.Duration) *Budget { return &Budget{limit: limit} }

// book takes a wait from now until then from the budget, and reports whether it is within the limit.
func (b *Budget) book(now, then time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := now
	if b.until.After(from) {
		from = b.until
	}
	if more := then.Sub(from); more > 0 {
		if b.waited+more > b.limit {
			return false
		}
		b.waited += more
		b.until = then
	}
	return true
}

// An Exhausted is the cause if a rate limit ends later than a request may wait.
type Exhausted struct{ Until time.Time }

// Error returns when the limit ends.
func (e *Exhausted) Error() string {
	return "the rate limit is used up until " + e.Until.UTC().Format("2006-01-02 15:04:05 MST")
}

// limitHits is how often one request may hit the limit of its account.
const limitHits = 10

// charge waits for the limit of the account and sends the request, again if it hits the
// limit, since such a request had no effect. It holds no slot while waiting, so that
// other accounts continue.
func (w *wire) charge(req *http.Request, h *host) (*http.Response, error) {
	a := accountOf(req.Context())
	if a == nil {
		return w.do(req, h)
	}
	budget := a.Wait
	if budget == nil {
		budget = NewBudget(w.o.MaxWait)
	}
	for hits := 0; ; hits++ {
		if err := w.hold(req, a, budget); err != nil {
			closeBody(req)
			return nil, err
		}
		res, err := w.do(req, h)
		if err != nil {
			return nil, err
		}
		a.report(res)
		wait, hit := limitOf(res, w.o.Now(), hits)
		// The first attempt has consumed the body.
		if !hit || req.Body != nil && req.GetBody == nil {
			return res, nil
		}
		discard(res)
		until := w.limits.meet(req.Context(), a.Name, w.o.Now().Add(wait))
		if hits == limitHits {
			return nil, exhausted(req, until)
		}
	}
}

// hold waits while an account is limited. It returns an error if that takes too long.
func (w *wire) hold(req *http.Request, a *Account, budget *Budget) error {
	ctx, now := req.Context(), w.o.Now()
	until := w.limits.at(a.Name)
	if there := w.limits.elsewhere(ctx, a.Name); there.After(until) {
		until = there
	}
	if !until.After(now) {
		return nil
	}
	if end, ends := ctx.Deadline(); ends && time.Until(end) < until.Sub(now) || !budget.book(now, until) {
		return exhausted(req, until) // waiting would be useless
	}
	w.o.Log.Info("waiting for a rate limit", "account", a.Name, "until", until)
	return w.o.Sleep(ctx, until.Sub(now))
}

func exhausted(req *http.Request, until time.Time) *Error {
	e := StatusError(req.Method, req.URL, http.StatusTooManyRequests)
	e.Err = &Exhausted{until}
	return e
}

// report reports the remaining requests to Left.
func (a *Account) report(res *http.Response) {
	if left, err := strconv.Atoi(res.Header.Get("X-RateLimit-Remaining")); err == nil && a.Left != nil {
		a.Left(left)
	}
}

// longestLimit is the longest wait that a server may request.
const longestLimit = 7 * 24 * time.Hour

// limitOf returns how long an account has to wait: the time in Retry-After; until the
// reset if no requests remain; otherwise a minute, doubled for each further hit, up
// to 64 minutes. A server can request from a second to longestLimit. It returns false if
// the answer is not about a limit.
func limitOf(res *http.Response, now time.Time, hits int) (time.Duration, bool) {
	if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusTooManyRequests {
		return 0, false
	}
	if asked, said := requestedWait(res, now); said {
		return min(max(asked, time.Second), longestLimit), true
	}
	if usedUp(res) || res.StatusCode == http.StatusTooManyRequests || speaksOfLimit(res) {
		return time.Minute << min(hits, 6), true
	}
	return 0, false
}

// usedUp reports whether an answer says that no request remains.
func usedUp(res *http.Response) bool { return res.Header.Get("X-RateLimit-Remaining") == "0" }

// requestedWait returns how long an answer asks to wait: what Retry-After says, or
// until the reset where no request remains. said is false where it asks for nothing.
func requestedWait(res *http.Response, now time.Time) (d time.Duration, said bool) {
	if after := res.Header.Get("Retry-After"); after != "" {
		return retryAfter(after, now), true
	}
	reset, err := strconv.ParseInt(res.Header.Get("X-RateLimit-Reset"), 10, 64)
	if !usedUp(res) || err != nil || reset <= 0 {
		return 0, false
	}
	// The header has whole seconds, so the limit may end up to a second later.
	return max(time.Unix(reset, 0).Sub(now), 0) + time.Second, true
}

// maxMessage is the number of bytes of an error answer that are searched for a limit.
const maxMessage = 64 << 10

// speaksOfLimit reports whether the message of an answer mentions a limit. The body can be read again afterwards.
func speaksOfLimit(res *http.Response) bool {
	r := bufio.NewReaderSize(res.Body, maxMessage)
	data, _ := r.Peek(maxMessage) // the reader of the body gets the error after these bytes
	res.Body = struct {
		io.Reader
		io.Closer
	}{r, res.Body}
	text := strings.ToLower(string(data))
	return strings.Contains(text, "rate limit") || strings.Contains(text, "abuse detection")
}
