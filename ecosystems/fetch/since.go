package fetch

import (
	"context"
	"maps"
	"time"
)

type sinceKey struct{}

// Since returns a context in which cached answers of a host ("" for all) from before t
// are revalidated with a conditional request, unless they never change.
func Since(ctx context.Context, t time.Time, host string) context.Context {
	floors := maps.Clone(floorsOf(ctx))
	if floors == nil {
		floors = map[string]time.Time{}
	}
	if t.After(floors[host]) {
		floors[host] = t
	}
	return context.WithValue(ctx, sinceKey{}, floors)
}

func floorsOf(ctx context.Context) map[string]time.Time {
	floors, _ := ctx.Value(sinceKey{}).(map[string]time.Time)
	return floors
}

// freshnessBound returns the time before which a cached answer is too old; zero for none.
func freshnessBound(ctx context.Context, q query) time.Time {
	floors := floorsOf(ctx)
	if q.Forever || floors == nil {
		return time.Time{}
	}
	host, all := floors[q.url.Host], floors[""]
	if host.After(all) {
		return host
	}
	return all
}
