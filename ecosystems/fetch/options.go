package fetch

import (
	"context"
	"log/slog"
	"time"
)

// Options configures a Client. The zero value serves: it keeps nothing on disk
// and asks every host that is named.
type Options struct {
	Parallel int // requests under way at once; 0 means 16
	PerHost  int // the same for one host; 0 means 12, so that a slow one leaves room for others

	Timeout    time.Duration // until an answer begins, and for each pause in it; 0 means 30 s
	MaxTime    time.Duration // for one answer as a whole; 0 means 3 min
	LeastSpeed int64         // an answer that comes with fewer bytes a second is given up, once Grace is over; 0 means 1 KiB, negative none
	Grace      time.Duration // 0 means 15 s
	Limit      int64         // larger bodies are an error, in bytes; 0 means 64 MiB
	Retries    int           // after the first attempt; 0 means 3, negative none
	Backoff    time.Duration // before the first retry, doubled for each further one; 0 means 500 ms
	MaxWait    time.Duration // a longer Retry-After is not waited for; 0 means 30 s
	UserAgent  string        // "freshpin/0.1.0"; "" means "freshpin"

	CacheDir  string        // keeps answers on disk; "" for none
	Shared    Shared        // keeps answers where other processes find them, instead; nil for none
	CacheSize int64         // bytes on disk, the oldest go first; 0 means 512 MiB
	Lifetime  time.Duration // within which nothing is asked again, whatever servers say about it; 0 means 10 min, negative none
	Memory    int64         // bytes of answers remembered in memory; 0 means 16 MiB
	Lasting   bool          // for a client that lives on and on: what it has learnt itself grows old like everything else
	Rest      time.Duration // after which such a client tries a host again that it has given up; 0 means 1 min
	Offline   bool          // the cache answers at any age, and nothing is sent

	// Allow says why a host (with its port, where one is written) must not be
	// asked; nil allows all. Redirects, too, lead only to hosts that it allows.
	Allow func(host string) error
	// NoPrivate refuses hosts with private, local and metadata addresses, checked
	// on the address that is dialled: for text that comes from strangers.
	NoPrivate bool
	// Own reports hosts that the operator named, which may have such addresses; nil for none.
	Own func(host string) bool

	// Credentials are sent to their host only; nil for none. Netrc makes one.
	Credentials func(host string) (user, password string, ok bool)

	Pauses Pauses                                         // of hosts and accounts that ran into a limit, shared with other processes; nil for none
	Seen   func(host, outcome string, took time.Duration) // told of every lookup: sent, cached, revalidated, or the code of an error; nil for nobody

	Log *slog.Logger // told of every request and retry, never of a secret; nil for silence

	Now   func() time.Time                           // the clock of retries and rate limits; nil means time.Now
	Sleep func(context.Context, time.Duration) error // waits for them; nil means until the time is over
}

func (o Options) withDefaults() Options {
	o.Parallel = or(o.Parallel, 16)
	o.PerHost = min(or(o.PerHost, 12), o.Parallel)
	o.Timeout = or(o.Timeout, 30*time.Second)
	o.MaxTime = or(o.MaxTime, 3*time.Minute)
	o.LeastSpeed = or(o.LeastSpeed, 1<<10)
	o.Grace = or(o.Grace, 15*time.Second)
	o.Limit = or(o.Limit, 64<<20)
	o.Retries = max(or(o.Retries, 3), 0)
	o.Backoff = or(o.Backoff, 500*time.Millisecond)
	o.MaxWait = or(o.MaxWait, 30*time.Second)
	o.CacheSize = or(o.CacheSize, 512<<20)
	o.Lifetime = or(o.Lifetime, 10*time.Minute)
	o.Memory = or(o.Memory, 16<<20)
	o.Rest = or(o.Rest, time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.UserAgent == "" {
		o.UserAgent = "freshpin"
	}
	return o
}

func or[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// A logger is a slog.Logger that may be missing.
type logger struct{ *slog.Logger }

func (l logger) debug(msg string, args ...any) {
	if l.Logger != nil {
		l.Debug(msg, args...)
	}
}

func (l logger) info(msg string, args ...any) {
	if l.Logger != nil {
		l.Info(msg, args...)
	}
}

func (l logger) warn(msg string, args ...any) {
	if l.Logger != nil {
		l.Warn(msg, args...)
	}
}
