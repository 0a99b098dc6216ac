package fetch

import (
	"context"
	"maps"
	"time"
)

type sinceKey struct{}

// Since returns a context in which answers of a host ("" for all) that were
// heard before t are not good enough: they are asked for again, with the
// condition that they have changed. What never changes is excepted.
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

// freshnessBound returns the time before which an answer of a host is too old; zero for none.
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
