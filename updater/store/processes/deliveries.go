package processes

import (
	"context"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Deliver records a delivery. known is true if there already was one with the same ID,
// which it returns.
func (s *Store) Deliver(ctx context.Context, x store.Delivery) (before store.Delivery, known bool, err error) {
	id := database.KeyOf(x.ID)
	err = s.db.Write(ctx, "note delivery "+id, func(ctx context.Context, c database.Conn) error {
		received := database.Micros(x.Received)
		if received == 0 {
			received = database.Micros(s.db.Now())
		}
		n, err := c.Exec(ctx, `INSERT INTO deliveries (id, event, received, done) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO NOTHING`, id, x.Event, received, x.Done)
		if known = n == 0; err != nil || !known {
			return err
		}
		return c.Row(ctx, "SELECT id, event, received, done FROM deliveries WHERE id = $1", id).
			Scan(&before.ID, &before.Event, database.Moment(&before.Received), &before.Done)
	})
	if err != nil {
		return store.Delivery{}, false, err
	}
	return before, known, nil
}

// Delivered records that the job of a delivery is done.
func (s *Store) Delivered(ctx context.Context, id string) error {
	_, err := s.db.Change(ctx, "note that a delivery is done", "UPDATE deliveries SET done = TRUE WHERE id = $1", database.KeyOf(id))
	return err
}
