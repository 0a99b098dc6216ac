package store

import (
	"context"
	"fmt"
	"strconv"
)

// Recall returns the memory of package lifecycle for a repository and its version; nil and "" if there is none.
func (d *DB) Recall(ctx context.Context, id int64) (data []byte, version string, err error) {
	err = d.read(ctx, fmt.Sprintf("recall repository %d", id), func(ctx context.Context, c conn) error {
		return c.each(ctx, func(row func(...any) error) error {
			var n int64
			err := row(&data, &n)
			version = strconv.FormatInt(n, 10)
			return err
		}, "SELECT data, version FROM memories WHERE repository = $1", id)
	})
	return data, version, err
}

// Remember replaces the memory. It returns ErrTaken if version is not the newest, and ErrNotFound if the repository does not exist.
func (d *DB) Remember(ctx context.Context, id int64, data []byte, version string) error {
	if data == nil {
		data = []byte{}
	}
	return d.write(ctx, fmt.Sprintf("remember repository %d", id), func(ctx context.Context, c conn) error {
		if err := c.row(ctx, "SELECT id FROM repositories WHERE id = $1", id).Scan(new(int64)); err != nil {
			return err
		}
		var n int64
		var err error
		if version == "" {
			n, err = c.exec(ctx, "INSERT INTO memories (repository, data, version) VALUES ($1, $2, 1) ON CONFLICT (repository) DO NOTHING", id, data)
		} else if was, bad := strconv.ParseInt(version, 10, 64); bad == nil {
			n, err = c.exec(ctx, "UPDATE memories SET data = $1, version = version + 1 WHERE repository = $2 AND version = $3", data, id, was)
		}
		if err == nil && n == 0 {
			err = ErrTaken
		}
		return err
	})
}

// Tick records the request of user by to propose a held pin anyway. Untick revokes it.
func (d *DB) Tick(ctx context.Context, id int64, pin, by string) error {
	return d.write(ctx, fmt.Sprintf("tick a pin of repository %d", id), func(ctx context.Context, c conn) error {
		if err := c.row(ctx, "SELECT id FROM repositories WHERE id = $1", id).Scan(new(int64)); err != nil {
			return err
		}
		_, err := c.exec(ctx, `INSERT INTO ticks (repository, pin_key, pin, ticked_by, at) VALUES ($1, $2, $3, $4, `+d.clock()+`)
			ON CONFLICT (repository, pin_key) DO UPDATE SET ticked_by = excluded.ticked_by, at = excluded.at`, id, keyOf(pin), pin, by)
		return err
	})
}

// Untick removes ticks that are done or revoked.
func (d *DB) Untick(ctx context.Context, id int64, pins []string) error {
	if len(pins) == 0 {
		return nil
	}
	return d.write(ctx, fmt.Sprintf("untick pins of repository %d", id), func(ctx context.Context, c conn) error {
		return chunks(pins, atOnce, func(some []string) error {
			args := []any{id}
			for _, p := range some {
				args = append(args, keyOf(p))
			}
			_, err := c.exec(ctx, "DELETE FROM ticks WHERE repository = $1 AND pin_key IN ("+places(2, len(some))+")", args...)
			return err
		})
	})
}

// Ticks returns the pins (Pin.ID) that are ticked.
func (d *DB) Ticks(ctx context.Context, id int64) (pins []string, err error) {
	err = d.read(ctx, fmt.Sprintf("read the ticks of repository %d", id), func(ctx context.Context, c conn) (err error) {
		pins, err = all(ctx, c, func(row func(...any) error) (p string, err error) { return p, row(&p) },
			"SELECT pin FROM ticks WHERE repository = $1 ORDER BY at, pin", id)
		return err
	})
	return pins, err
}
