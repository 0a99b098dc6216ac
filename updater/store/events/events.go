// Package events has what is to be told, and how far each receiver of notifications is.
package events

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the events and their receivers.
type Store struct{ db *database.DB }

// New returns the events in a database.
func New(db *database.DB) Store { return Store{db} }

// eventsLock makes events visible in the order of their numbers, so that a reader
// that sees one has seen all smaller ones.
const eventsLock = "events"

// notedEvery is how often it is written down that an event still holds.
const notedEvery = 24 * time.Hour

// Add adds events, each key once. A key that is noted again is kept
// for longer: what holds on is not told twice.
func (s Store) Add(ctx context.Context, list []store.Event) error {
	if len(list) == 0 {
		return nil
	}
	return s.db.Write(ctx, fmt.Sprintf("note %d events", len(list)), func(ctx context.Context, c database.Conn) error {
		return Add(ctx, c, list)
	})
}

// Add is Store.Add in a transaction.
func Add(ctx context.Context, c database.Conn, list []store.Event) error {
	if len(list) == 0 {
		return nil
	}
	if err := c.Lock(ctx, eventsLock); err != nil {
		return err
	}
	for _, e := range list {
		_, err := c.Exec(ctx, `INSERT INTO events (event_key, kind, repository, body, url, at, noted)
			VALUES ($1, $2, $3, $4, $5, `+c.Clock()+`, `+c.Clock()+`)
			ON CONFLICT (event_key) DO UPDATE SET noted = excluded.noted WHERE events.noted < excluded.noted - $6`,
			database.KeyOf(e.Key), e.Kind, e.Repository, e.Text, e.URL, notedEvery.Microseconds())
		if err != nil {
			return err
		}
	}
	return nil
}

// BeginBatch returns the next batch for a receiver: the one that HoldBatch has stored, or
// at most n new events of the wanted kinds; without Events if there are none. A new
// receiver gets only events from now on.
func (s Store) BeginBatch(ctx context.Context, receiver string, wants func(kind string) bool, n int) (b store.Batch, err error) {
	err = s.db.Write(ctx, "ask what is to be told to "+receiver, func(ctx context.Context, c database.Conn) error {
		b = store.Batch{} // the transaction may run again
		var done, until int64
		row := c.Row(ctx, "SELECT done, until, tries, again, sent_at FROM receivers WHERE name = $1", database.KeyOf(receiver))
		err := row.Scan(&done, &until, &b.Tries, database.Moment(&b.Again), database.Moment(&b.Sent))
		if errors.Is(err, sql.ErrNoRows) {
			_, err = c.Exec(ctx, "INSERT INTO receivers (name, done, until, tries, again, sent_at) SELECT CAST($1 AS TEXT), COALESCE(MAX(id), 0), 0, 0, 0, "+s.db.Clock()+" FROM events", database.KeyOf(receiver))
			return err
		}
		if err != nil {
			return err
		}
		if err := fill(ctx, c, &b, done, until, wants, n); err != nil || b.Last == 0 || len(b.Events) > 0 {
			return err
		}
		_, err = c.Exec(ctx, "UPDATE receivers SET done = $1, until = 0, tries = 0 WHERE name = $2", b.Last, database.KeyOf(receiver)) // no event is wanted
		return err
	})
	return b, err
}

// HoldBatch stores a batch before it is sent, so that all attempts until it arrives
// send the same events.
func (s Store) HoldBatch(ctx context.Context, receiver string, b store.Batch) error {
	return s.db.Must(ctx, "note what is about to be told to "+receiver, "UPDATE receivers SET until = $1 WHERE name = $2", b.Last, database.KeyOf(receiver))
}

// fill reads the events after done, up to until, or, if that is 0, up to the n-th wanted one.
func fill(ctx context.Context, c database.Conn, b *store.Batch, done, until int64, wants func(string) bool, n int) error {
	return c.Each(ctx, func(row database.Scan) error {
		var e store.Event
		err := row(&e.ID, &e.Kind, &e.Repository, &e.Repo, &e.Text, &e.URL, database.Moment(&e.At))
		if err != nil || until == 0 && len(b.Events) >= n {
			return err // Last stays: what follows is for the next batch
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
func (s Store) EndBatch(ctx context.Context, receiver string, b store.Batch) error {
	return s.db.Must(ctx, "note what was told to "+receiver,
		"UPDATE receivers SET done = $1, until = 0, tries = 0, again = 0, sent_at = "+s.db.Clock()+" WHERE name = $2", b.Last, database.KeyOf(receiver))
}

// RetryBatch records that a batch has not arrived and is sent again at a time.
func (s Store) RetryBatch(ctx context.Context, receiver string, b store.Batch, again time.Time) error {
	return s.db.Must(ctx, "note that "+receiver+" was not told",
		"UPDATE receivers SET until = $1, tries = $2, again = $3 WHERE name = $4", b.Last, b.Tries+1, database.Micros(again), database.KeyOf(receiver))
}
