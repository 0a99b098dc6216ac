// Package sessions has the sessions of signed-in people, with their access to repositories.
package sessions

import (
	"context"
	"errors"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the sessions of signed-in people.
type Store struct{ db *database.DB }

// New returns the sessions in a database.
func New(db *database.DB) Store { return Store{db} }

// Put stores a session and replaces its May. It leaves out the invalid repository id 0.
func (s Store) Put(ctx context.Context, session store.Session) error {
	if session.ID == "" {
		return errors.New("keep a session: it has no ID")
	}
	id := database.KeyOf(session.ID)
	var access [][]any
	for repository, may := range session.May {
		if repository != 0 && may > 0 { // 0 means an unknown id
			access = append(access, []any{id, repository, int64(may)})
		}
	}
	return s.db.Write(ctx, "keep a session of "+session.Login, func(ctx context.Context, c database.Conn) error {
		_, err := c.Exec(ctx, `INSERT INTO sessions (id, login, expires, checked) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET login = excluded.login, expires = excluded.expires, checked = excluded.checked`,
			id, session.Login, database.Micros(session.Expires), database.Micros(session.Checked))
		if err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "DELETE FROM session_access WHERE session = $1", id); err != nil {
			return err
		}
		return c.Insert(ctx, "INSERT INTO session_access (session, forge_id, access) VALUES", "", access)
	})
}

// ByID returns a session that has not expired, without May, or ErrNotFound.
func (s Store) ByID(ctx context.Context, id string) (store.Session, error) {
	return database.One(ctx, s.db, "read a session", func(row database.Scan) (store.Session, error) {
		session := store.Session{ID: id}
		err := row(&session.Login, database.Moment(&session.Expires), database.Moment(&session.Checked))
		return session, err
	}, "SELECT login, expires, checked FROM sessions WHERE id = $1 AND expires > "+s.db.Clock(), database.KeyOf(id))
}

// End deletes a session.
func (s Store) End(ctx context.Context, id string) error {
	_, err := s.db.Change(ctx, "end a session", "DELETE FROM sessions WHERE id = $1", database.KeyOf(id))
	return err
}
