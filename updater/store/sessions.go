package store

import (
	"context"
	"errors"
)

// Deliver records a delivery. known is true if there already was one with the same ID,
// which it returns.
func (d *DB) Deliver(ctx context.Context, x Delivery) (before Delivery, known bool, err error) {
	id := keyOf(x.ID)
	err = d.write(ctx, "note delivery "+id, func(ctx context.Context, c conn) error {
		received := micros(x.Received)
		if received == 0 {
			received = micros(d.now())
		}
		n, err := c.exec(ctx, `INSERT INTO deliveries (id, event, received, done) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO NOTHING`, id, x.Event, received, x.Done)
		if known = n == 0; err != nil || !known {
			return err
		}
		return c.row(ctx, "SELECT id, event, received, done FROM deliveries WHERE id = $1", id).
			Scan(&before.ID, &before.Event, moment{&before.Received}, &before.Done)
	})
	if err != nil {
		return Delivery{}, false, err
	}
	return before, known, nil
}

// Delivered records that the job of a delivery is done.
func (d *DB) Delivered(ctx context.Context, id string) error {
	_, err := d.change(ctx, "note that a delivery is done", "UPDATE deliveries SET done = TRUE WHERE id = $1", keyOf(id))
	return err
}

// PutSession stores a session and replaces its May. It leaves out the invalid
// repository id 0.
func (d *DB) PutSession(ctx context.Context, s Session) error {
	if s.ID == "" {
		return errors.New("keep a session: it has no ID")
	}
	id := keyOf(s.ID)
	var access [][]any
	for repository, may := range s.May {
		if repository != 0 && may > 0 { // 0 means an unknown id
			access = append(access, []any{id, repository, int64(may)})
		}
	}
	return d.write(ctx, "keep a session of "+s.Login, func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, `INSERT INTO sessions (id, login, expires, checked) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET login = excluded.login, expires = excluded.expires, checked = excluded.checked`,
			id, s.Login, micros(s.Expires), micros(s.Checked))
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM session_access WHERE session = $1", id); err != nil {
			return err
		}
		return c.insert(ctx, "INSERT INTO session_access (session, forge_id, access) VALUES", "", access)
	})
}

// Session returns a session that has not expired, without May, or ErrNotFound.
func (d *DB) Session(ctx context.Context, id string) (s Session, err error) {
	err = d.read(ctx, "read a session", func(ctx context.Context, c conn) error {
		return c.row(ctx, "SELECT login, expires, checked FROM sessions WHERE id = $1 AND expires > "+d.clock(), keyOf(id)).
			Scan(&s.Login, moment{&s.Expires}, moment{&s.Checked})
	})
	if err != nil {
		return Session{}, err
	}
	s.ID = id
	return s, nil
}

// EndSession deletes a session.
func (d *DB) EndSession(ctx context.Context, id string) error {
	_, err := d.change(ctx, "end a session", "DELETE FROM sessions WHERE id = $1", keyOf(id))
	return err
}
