// Package processes has what the processes of a service agree on: leases, pauses,
// budgets, settings, which of them live, and which webhooks have arrived.
package processes

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has what processes agree on, as one of them sees it.
type Store struct {
	db   *database.DB
	name string // unique name of this process as the holder of leases

	beat struct { // see Beat
		sync.Mutex
		begun  bool
		before time.Time
	}
}

// New returns what the processes that share a database agree on, for one of them.
func New(db *database.DB) *Store { return &Store{db: db, name: rand.Text()} }

// Lease takes or renews a lease on a name for this DB, or returns ErrTaken if another
// DB holds it. The leases of a killed process expire.
func (s *Store) Lease(ctx context.Context, name string, d2 time.Duration) error {
	what := "lease " + name
	// By the clock of the database, since those of the processes differ.
	n, err := s.db.Change(ctx, what, `INSERT INTO leases (name, holder, until) VALUES ($1, $2, `+s.db.Clock()+` + $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until <= `+s.db.Clock(), database.KeyOf(name), s.name, d2.Microseconds())
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, store.ErrTaken)
	}
	return err
}

// Release ends a lease of this DB. It does not affect the lease of another one.
func (s *Store) Release(ctx context.Context, name string) error {
	_, err := s.db.Change(ctx, "release "+name, "DELETE FROM leases WHERE name = $1 AND holder = $2", database.KeyOf(name), s.name)
	return err
}

// Pause stops requests to a host or an installation until a time. The latest time applies.
func (s *Store) Pause(ctx context.Context, name string, until time.Time) error {
	_, err := s.db.Change(ctx, "pause "+name, `INSERT INTO pauses (name, until) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET until = CASE WHEN excluded.until > pauses.until THEN excluded.until ELSE pauses.until END`,
		database.KeyOf(name), database.Micros(until))
	return err
}

// Pauses returns the current pauses with their ends.
func (s *Store) Pauses(ctx context.Context) (map[string]time.Time, error) {
	pauses := map[string]time.Time{}
	err := s.db.Read(ctx, "read pauses", func(ctx context.Context, c database.Conn) error {
		return c.Each(ctx, func(row database.Scan) error {
			var name string
			var until time.Time
			err := row(&name, database.Moment(&until))
			pauses[name] = until
			return err
		}, "SELECT name, until FROM pauses WHERE until > "+s.db.Clock())
	})
	return pauses, err
}

// Spend takes one unit from a budget of many units in each window, over all processes.
// The window is sliding: no period of that length has more. If nothing is left, it
// returns false and the time of the next unit; the zero time if many is 0 or less.
func (s *Store) Spend(ctx context.Context, budget string, many int, window time.Duration) (ok bool, again time.Time, err error) {
	if many <= 0 {
		return false, time.Time{}, nil
	}
	budget = database.KeyOf(budget)
	err = s.db.Write(ctx, "spend of "+budget, func(ctx context.Context, c database.Conn) error {
		ok, again = false, time.Time{}
		// Two processes that count at the same time would both find the last unit.
		if err := c.Lock(ctx, "budget "+budget); err != nil {
			return err
		}
		var now, spent, oldest int64
		if err := c.Row(ctx, "SELECT "+s.db.Clock()).Scan(&now); err != nil {
			return err
		}
		since := now - window.Microseconds()
		// The oldest unit that has to leave the window first.
		err := c.Row(ctx, `SELECT COUNT(*), COALESCE(MIN(at), 0) FROM (SELECT at FROM spends WHERE budget = $1 AND at > $2
			ORDER BY at DESC LIMIT $3) AS newest`, budget, since, many).Scan(&spent, &oldest)
		if err != nil {
			return err
		}
		if spent >= int64(many) {
			again = database.TimeOf(oldest + window.Microseconds())
			return nil
		}
		ok = true
		_, err = c.Exec(ctx, "INSERT INTO spends (budget, at, until) VALUES ($1, $2, $3)", budget, now, now+window.Microseconds())
		return err
	})
	return ok && err == nil, again, err
}

// Beat stores the heartbeat of this process. It returns the number of living processes
// (with a heartbeat within two minutes), and the newest heartbeat of any process before
// the first one of this process; zero if there was none.
func (s *Store) Beat(ctx context.Context) (processes int, before time.Time, err error) {
	// Not held over the statement, which may take as long as the database is away.
	s.beat.Lock()
	first := !s.beat.begun
	s.beat.Unlock()
	var newest time.Time
	err = s.db.Write(ctx, "note that this process lives", func(ctx context.Context, c database.Conn) error {
		if first {
			err := c.Row(ctx, "SELECT COALESCE(MAX(seen), 0) FROM beats WHERE process <> $1", s.name).Scan(database.Moment(&newest))
			if err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, `INSERT INTO beats (process, seen, gone) VALUES ($1, `+s.db.Clock()+`, FALSE)
			ON CONFLICT (process) DO UPDATE SET seen = excluded.seen, gone = FALSE`, s.name)
		if err != nil {
			return err
		}
		return c.Row(ctx, "SELECT COUNT(*) FROM beats WHERE NOT gone AND seen > "+s.db.Clock()+" - $1", database.Silence.Microseconds()).Scan(&processes)
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	s.beat.Lock()
	defer s.beat.Unlock()
	// Another call may have been the first while the lock was free.
	if !s.beat.begun {
		s.beat.begun, s.beat.before = true, newest
	}
	return processes, s.beat.before, nil
}

// Leave ends the heartbeats of this process, if there were any. Its leases expire.
func (s *Store) Leave(ctx context.Context) error {
	s.beat.Lock()
	defer s.beat.Unlock()
	if !s.beat.begun {
		return nil
	}
	_, err := s.db.Change(ctx, "say that this process ends", "UPDATE beats SET gone = TRUE WHERE process = $1", s.name)
	return err
}

// Setting returns a small value that all processes share; "" if it is not set.
func (s *Store) Setting(ctx context.Context, key string) (value string, err error) {
	err = s.db.Read(ctx, "read setting "+key, func(ctx context.Context, c database.Conn) error {
		return c.Each(ctx, func(row database.Scan) error { return row(&value) }, "SELECT value FROM settings WHERE name = $1", database.KeyOf(key))
	})
	return value, err
}

// Set sets the value of a Setting.
func (s *Store) Set(ctx context.Context, key, value string) error {
	_, err := s.db.Change(ctx, "change setting "+key, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, database.KeyOf(key), value)
	return err
}
