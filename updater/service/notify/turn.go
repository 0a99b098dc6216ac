package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

// A Queue stores events until each receiver has them. It is shared by all processes.
type Queue interface {
	// Begin returns the batch to send to a receiver now: the same events if an attempt
	// was begun before, otherwise at most n new events of the wanted kinds. A new
	// receiver gets only events from then on. An empty batch means that there is
	// nothing to send, or not yet.
	Begin(ctx context.Context, receiver string, wants func(kind string) bool, n int) (Batch, error)
	// Hold stores a batch before it is sent, so that retries send the same events.
	Hold(ctx context.Context, receiver string, b Batch) error
	// Sent records that a batch arrived; Failed, that it is retried at a time.
	Sent(ctx context.Context, receiver string, b Batch) error
	Failed(ctx context.Context, receiver string, b Batch, again time.Time) error
}

// A Batch is the content of one delivery.
type Batch struct {
	First, Last int64 // event numbers; Last may be that of an unwanted event
	Tries       int
	Again       time.Time // earliest time of the next attempt; zero for now
	Sent        time.Time // when the last batch arrived; zero for never
	Events      []Event
}

// atOnce is how many events one delivery contains.
const atOnce = 200

// Turn sends the pending batch of a receiver, once. It reports whether it sent one,
// so that the caller may continue with the next. Only one process at a time may run
// a receiver's turn.
func Turn(ctx context.Context, q Queue, client *http.Client, r Receiver, now time.Time) (sent bool, err error) {
	b, err := q.Begin(ctx, r.Name, r.Wants, atOnce)
	// A digest that failed is retried whatever the time of day.
	if err != nil || len(b.Events) == 0 || now.Before(b.Again) || b.Tries == 0 && !r.due(b.Sent, now) {
		return false, err
	}
	if err := q.Hold(ctx, r.Name, b); err != nil {
		return false, err
	}
	if err := Send(ctx, client, r, delivery(r.Name, b), b.Events, now); err != nil {
		if e := q.Failed(ctx, r.Name, b, now.Add(wait(b.Tries))); e != nil {
			return false, e
		}
		return false, err
	}
	return true, q.Sent(ctx, r.Name, b)
}

// delivery derives the number of a batch from its receiver and events.
func delivery(receiver string, b Batch) string {
	sum := sha256.Sum256([]byte(receiver))
	return fmt.Sprintf("%s-%d-%d", hex.EncodeToString(sum[:6]), b.First, b.Last)
}

// wait is the time until the next attempt: from half a minute to an hour.
func wait(tries int) time.Duration {
	// The shift is limited, because it would overflow for a receiver that is down for long.
	return min(time.Hour, 30*time.Second<<min(tries, 10))
}

// due reports whether a digest is due: once a day after its time.
func (r Receiver) due(last, now time.Time) bool {
	if !r.Digest {
		return true
	}
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), int(r.At.Hours()), int(r.At.Minutes())%60, 0, 0, zone)
	if local.Before(today) {
		// Not 24 hours: days on which the clocks change are shorter or longer.
		today = today.AddDate(0, 0, -1)
	}
	return last.Before(today)
}
