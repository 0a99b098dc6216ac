package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

// A Queue keeps events until each receiver has them, over all processes.
type Queue interface {
	// Begin returns what is to be sent to a receiver now: where a try was begun
	// before, the same events; else those of the kinds that came since, at most
	// n. A receiver that is new begins with what comes from then on. No events:
	// nothing is to be sent, or it is not the time for it.
	Begin(ctx context.Context, receiver string, wants func(kind string) bool, n int) (Batch, error)
	// Hold notes that a batch is about to be sent, so that later tries are of the same events.
	Hold(ctx context.Context, receiver string, b Batch) error
	// Sent notes that a batch arrived; Failed that it is tried again at a time.
	Sent(ctx context.Context, receiver string, b Batch) error
	Failed(ctx context.Context, receiver string, b Batch, again time.Time) error
}

// A Batch is what is sent at once.
type Batch struct {
	First, Last int64 // numbers of events; the batch ends with Last, also where that one is not wanted
	Tries       int
	Again       time.Time // no try before it; zero for at once
	Sent        time.Time // when the last batch arrived; zero for never
	Events      []Event
}

// atOnce is how many events one delivery holds.
const atOnce = 200

// Turn sends what waits for a receiver, once. It reports whether something was
// sent, so that the next batch may follow. One process at a time may take a
// receiver's turn.
func Turn(ctx context.Context, q Queue, client *http.Client, r Receiver, now time.Time) (sent bool, err error) {
	b, err := q.Begin(ctx, r.Name, r.Wants, atOnce)
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

// delivery numbers a batch: the same number for the same receiver and events.
func delivery(receiver string, b Batch) string {
	sum := sha256.Sum256([]byte(receiver))
	return fmt.Sprintf("%s-%d-%d", hex.EncodeToString(sum[:6]), b.First, b.Last)
}

// wait is how long a receiver that is down is left alone: from half a minute to an hour.
func wait(tries int) time.Duration {
	return min(time.Hour, 30*time.Second<<min(tries, 10))
}

// due reports whether a digest is due: once after its time of each day.
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
		today = today.AddDate(0, 0, -1)
	}
	return last.Before(today)
}
