package fetch

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// Options configures a Client. The zero value is usable: it has no cache on disk and
// allows every host.
type Options struct {
	Parallel int // concurrent requests; 0 means 16
	PerHost  int // concurrent requests to one host; 0 means 12, so that a slow host leaves some for others

	Timeout    time.Duration // until an answer begins, and for each pause in it; 0 means 30 s
	MaxTime    time.Duration // for one complete answer; 0 means 3 min
	LeastSpeed int64         // minimum speed of an answer in bytes per second after Grace; 0 means 1 KiB, negative none
	Grace      time.Duration // 0 means 15 s
	Limit      int64         // size limit of a body in bytes; 0 means 64 MiB
	Retries    int           // after the first attempt; 0 means 3, negative none
	Backoff    time.Duration // before the first retry, doubled for each further one; 0 means 500 ms
	MaxWait    time.Duration // longest Retry-After to wait for; 0 means 30 s
	UserAgent  string        // "freshpin/0.1.0"; "" means "freshpin"

	CacheDir  string        // folder of the cache on disk; "" for none
	Shared    Shared        // cache shared with other processes, instead of CacheDir; nil for none
	CacheSize int64         // size limit of the cache on disk in bytes; 0 means 512 MiB
	Lifetime  time.Duration // of cached answers, regardless of cache headers; 0 means 10 min, negative none
	Memory    int64         // size limit of answers in memory in bytes; 0 means 16 MiB
	Lasting   bool          // for a long-lived client: answers in memory expire like cached ones
	Rest      time.Duration // after which a lasting client tries a host again that it has given up; 0 means 1 min
	Offline   bool          // use cached answers of any age and send no requests

	// Allow returns an error for a forbidden host (with its port, if the URL has one);
	// nil allows all. It also applies to redirects.
	Allow func(host string) error
	// NoPrivate refuses private, local and metadata addresses, for URLs from untrusted
	// text. It checks the address that is dialled.
	NoPrivate bool
	// Own reports whether the operator has configured a host, which may then have such addresses; nil for none.
	Own func(host string) bool

	// Credentials returns the login for a host, which is sent only to that host; nil for none. See Netrc.
	Credentials func(host string) (user, password string, ok bool)

	Pauses Pauses                                         // of hosts and accounts that have hit a limit, shared with other processes; nil for none
	Seen   func(host, outcome string, took time.Duration) // called for every lookup: sent, cached, revalidated, or the code of an error; nil for none

	Log *slog.Logger // logs every request and retry, without secrets; nil for no logging

	Now   func() time.Time                           // clock for retries and rate limits; nil means time.Now
	Sleep func(context.Context, time.Duration) error // waits for retries and rate limits; nil means a real wait
}

func (o Options) withDefaults() Options {
	o.Parallel = cmp.Or(o.Parallel, 16)
	o.PerHost = min(cmp.Or(o.PerHost, 12), o.Parallel)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.MaxTime = cmp.Or(o.MaxTime, 3*time.Minute)
	o.LeastSpeed = cmp.Or(o.LeastSpeed, 1<<10)
	o.Grace = cmp.Or(o.Grace, 15*time.Second)
	o.Limit = cmp.Or(o.Limit, 64<<20)
	o.Retries = max(cmp.Or(o.Retries, 3), 0) // negative means none, because 0 means the default
	o.Backoff = cmp.Or(o.Backoff, 500*time.Millisecond)
	o.MaxWait = cmp.Or(o.MaxWait, 30*time.Second)
	o.CacheSize = cmp.Or(o.CacheSize, 512<<20)
	o.Lifetime = cmp.Or(o.Lifetime, 10*time.Minute)
	o.Memory = cmp.Or(o.Memory, 16<<20)
	o.Rest = cmp.Or(o.Rest, time.Minute)
	o.UserAgent = cmp.Or(o.UserAgent, "freshpin")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = pause
	}
	o.Log = logTo(o.Log)
	return o
}

// hosts returns the rules about hosts.
func (o Options) hosts() hostrules.Options {
	return hostrules.Options{Allow: o.Allow, NoPrivate: o.NoPrivate, Own: o.Own, Timeout: o.Timeout, Log: o.Log}
}

// logTo returns log, or a logger that discards everything for nil.
func logTo(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
