package pins

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/updater/store/database"
)

// Tick records the request of user by to propose a held pin anyway. Untick revokes it.
func (s Store) Tick(ctx context.Context, id int64, pin, by string) error {
	_, err := s.db.Change(ctx, fmt.Sprintf("tick a pin of repository %d", id), `
		INSERT INTO ticks (repository, pin_key, pin, ticked_by, at) VALUES ($1, $2, $3, $4, `+s.db.Clock()+`)
		ON CONFLICT (repository, pin_key) DO UPDATE SET ticked_by = excluded.ticked_by, at = excluded.at`, id, database.KeyOf(pin), pin, by)
	return err
}

// Untick removes ticks that are done or revoked.
func (s Store) Untick(ctx context.Context, id int64, pins []string) error {
	if len(pins) == 0 {
		return nil
	}
	return s.db.Write(ctx, fmt.Sprintf("untick pins of repository %d", id), func(ctx context.Context, c database.Conn) error {
		return database.Chunks(pins, database.AtOnce, func(some []string) error {
			args := []any{id}
			for _, p := range some {
				args = append(args, database.KeyOf(p))
			}
			_, err := c.Exec(ctx, "DELETE FROM ticks WHERE repository = $1 AND pin_key IN ("+database.Places(2, len(some))+")", args...)
			return err
		})
	})
}

// Ticks returns the pins (Pin.ID) that are ticked.
func (s Store) Ticks(ctx context.Context, id int64) ([]string, error) {
	return database.List(ctx, s.db, fmt.Sprintf("read the ticks of repository %d", id),
		database.Column[string],
		"SELECT pin FROM ticks WHERE repository = $1 ORDER BY at, pin", id)
}
