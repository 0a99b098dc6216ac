package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// An Event is an event for notifications.
type Event struct {
	ID         int64
	Key        string // identifies the event: a second event with the same key is not added
	Kind       string
	Repository int64  // 0 for the service itself
	Repo       string // set by queries
	Text       string
	URL        string
	At         time.Time
}

// A Batch holds the events of one message to a receiver.
type Batch struct {
	First, Last int64
	Tries       int
	Again       time.Time
	Sent        time.Time // when the last batch arrived; for a new receiver, when it was added
	Events      []Event
}

// eventsLock makes events visible in the order of their numbers, so that a reader
// that sees one has seen all smaller ones.
const eventsLock = "events"

// notedEvery is how often it is written down that an event still holds.
const notedEvery = 24 * time.Hour

// AddEvents adds events, each key once. A key that is noted again is kept
// for longer: what holds on is not told twice.
func (d *DB) AddEvents(ctx context.Context, list []Event) error {
	if len(list) == 0 {
		return nil
	}
	return d.write(ctx, fmt.Sprintf("note %d events", len(list)), func(ctx context.Context, c conn) error {
		return d.addEvents(ctx, c, list)
	})
}

func (d *DB) addEvents(ctx context.Context, c conn, list []Event) error {
	if len(list) == 0 {
		return nil
	}
	if err := d.lock(ctx, c, eventsLock); err != nil {
		return err
	}
	for _, e := range list {
		_, err := c.exec(ctx, `INSERT INTO events (event_key, kind, repository, body, url, at, noted)
			VALUES ($1, $2, $3, $4, $5, `+d.clock()+`, `+d.clock()+`)
			ON CONFLICT (event_key) DO UPDATE SET noted = excluded.noted WHERE events.noted < excluded.noted - $6`,
			keyOf(e.Key), e.Kind, e.Repository, e.Text, e.URL, notedEvery.Microseconds())
		if err != nil {
			return err
		}
	}
	return nil
}

// BeginBatch returns the next batch for a receiver: the one that HoldBatch has stored, or
// at most n new events of the wanted kinds; without Events if there are none. A new
// receiver gets only events from now on.
func (d *DB) BeginBatch(ctx context.Context, receiver string, wants func(kind string) bool, n int) (b Batch, err error) {
	err = d.write(ctx, "ask what is to be told to "+receiver, func(ctx context.Context, c conn) error {
		b = Batch{}
		var done, until int64
		row := c.row(ctx, "SELECT done, until, tries, again, sent_at FROM receivers WHERE name = $1", keyOf(receiver))
		err := row.Scan(&done, &until, &b.Tries, moment{&b.Again}, moment{&b.Sent})
		if errors.Is(err, sql.ErrNoRows) {
			_, err = c.exec(ctx, "INSERT INTO receivers (name, done, until, tries, again, sent_at) SELECT CAST($1 AS TEXT), COALESCE(MAX(id), 0), 0, 0, 0, "+d.clock()+" FROM events", keyOf(receiver))
			return err
		}
		if err != nil {
			return err
		}
		if err := b.fill(ctx, c, done, until, wants, n); err != nil || b.Last == 0 || len(b.Events) > 0 {
			return err
		}
		_, err = c.exec(ctx, "UPDATE receivers SET done = $1, until = 0, tries = 0 WHERE name = $2", b.Last, keyOf(receiver)) // no event is wanted
		return err
	})
	return b, err
}

// HoldBatch stores a batch before it is sent, so that all attempts until it arrives
// send the same events.
func (d *DB) HoldBatch(ctx context.Context, receiver string, b Batch) error {
	return d.must(ctx, "note what is about to be told to "+receiver, "UPDATE receivers SET until = $1 WHERE name = $2", b.Last, keyOf(receiver))
}

// fill reads the events after done, up to until, or, if that is 0, up to the n-th wanted one.
func (b *Batch) fill(ctx context.Context, c conn, done, until int64, wants func(string) bool, n int) error {
	return c.each(ctx, func(row func(...any) error) error {
		var e Event
		err := row(&e.ID, &e.Kind, &e.Repository, &e.Repo, &e.Text, &e.URL, moment{&e.At})
		if err != nil || until == 0 && len(b.Events) >= n {
			return err
		}
		b.Last = e.ID
		if wants(e.Kind) {
			if len(b.Events) == 0 {
				b.First = e.ID
			}
			b.Events = append(b.Events, e)
		}
		return nil
	}, `SELECT e.id, e.kind, e.repository, COALESCE(r.name, ''), e.body, e.url, e.at FROM events e LEFT JOIN repositories r ON r.id = e.repository
		WHERE e.id > $1 AND (e.id <= $2 OR $2 = 0) ORDER BY e.id LIMIT 2000`, done, until)
}

// EndBatch records that a batch has arrived.
func (d *DB) EndBatch(ctx context.Context, receiver string, b Batch) error {
	return d.must(ctx, "note what was told to "+receiver,
		"UPDATE receivers SET done = $1, until = 0, tries = 0, again = 0, sent_at = "+d.clock()+" WHERE name = $2", b.Last, keyOf(receiver))
}

// RetryBatch records that a batch has not arrived and is sent again at a time.
func (d *DB) RetryBatch(ctx context.Context, receiver string, b Batch, again time.Time) error {
	return d.must(ctx, "note that "+receiver+" was not told",
		"UPDATE receivers SET until = $1, tries = $2, again = $3 WHERE name = $4", b.Last, b.Tries+1, micros(again), keyOf(receiver))
}
