package store

import (
	"context"
	"fmt"
	"time"
)

// Lease takes or renews a lease on a name for this DB, or returns ErrTaken if another
// DB holds it. The leases of a killed process expire.
func (d *DB) Lease(ctx context.Context, name string, d2 time.Duration) error {
	what := "lease " + name
	n, err := d.change(ctx, what, `INSERT INTO leases (name, holder, until) VALUES ($1, $2, `+d.clock()+` + $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until <= `+d.clock(), keyOf(name), d.holder, d2.Microseconds())
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, ErrTaken)
	}
	return err
}

// Release ends a lease of this DB. It does not affect the lease of another one.
func (d *DB) Release(ctx context.Context, name string) error {
	_, err := d.change(ctx, "release "+name, "DELETE FROM leases WHERE name = $1 AND holder = $2", keyOf(name), d.holder)
	return err
}

// Pause stops requests to a host or an installation until a time. The latest time applies.
func (d *DB) Pause(ctx context.Context, name string, until time.Time) error {
	_, err := d.change(ctx, "pause "+name, `INSERT INTO pauses (name, until) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET until = CASE WHEN excluded.until > pauses.until THEN excluded.until ELSE pauses.until END`,
		keyOf(name), micros(until))
	return err
}

// Pauses returns the current pauses with their ends.
func (d *DB) Pauses(ctx context.Context) (map[string]time.Time, error) {
	pauses := map[string]time.Time{}
	err := d.read(ctx, "read pauses", func(ctx context.Context, c conn) error {
		return c.each(ctx, func(row func(...any) error) error {
			var name string
			var until time.Time
			err := row(&name, moment{&until})
			pauses[name] = until
			return err
		}, "SELECT name, until FROM pauses WHERE until > "+d.clock())
	})
	return pauses, err
}

// Spend takes one unit from a budget of many units in each window, over all processes.
// The window is sliding: no period of that length has more. If nothing is left, it
// returns false and the time of the next unit; the zero time if many is 0 or less.
func (d *DB) Spend(ctx context.Context, budget string, many int, window time.Duration) (ok bool, again time.Time, err error) {
	if many <= 0 {
		return false, time.Time{}, nil
	}
	budget = keyOf(budget)
	err = d.write(ctx, "spend of "+budget, func(ctx context.Context, c conn) error {
		ok, again = false, time.Time{}
		if err := d.lock(ctx, c, "budget "+budget); err != nil {
			return err
		}
		var now, spent, oldest int64
		if err := c.row(ctx, "SELECT "+d.clock()).Scan(&now); err != nil {
			return err
		}
		since := now - window.Microseconds()
		// The oldest unit that has to leave the window first.
		err := c.row(ctx, `SELECT COUNT(*), COALESCE(MIN(at), 0) FROM (SELECT at FROM spends WHERE budget = $1 AND at > $2
			ORDER BY at DESC LIMIT $3) AS newest`, budget, since, many).Scan(&spent, &oldest)
		if err != nil {
			return err
		}
		if spent >= int64(many) {
			again = timeOf(oldest + window.Microseconds())
			return nil
		}
		ok = true
		_, err = c.exec(ctx, "INSERT INTO spends (budget, at, until) VALUES ($1, $2, $3)", budget, now, now+window.Microseconds())
		return err
	})
	return ok && err == nil, again, err
}

// silent is the time without a heartbeat after which a process counts as dead.
const silent = 2 * time.Minute

// Beat stores the heartbeat of this process. It returns the number of living processes
// (with a heartbeat within two minutes), and the newest heartbeat of any process before
// the first one of this process; zero if there was none.
func (d *DB) Beat(ctx context.Context) (processes int, before time.Time, err error) {
	d.beat.Lock()
	first := !d.beat.begun
	d.beat.Unlock()
	var newest time.Time
	err = d.write(ctx, "note that this process lives", func(ctx context.Context, c conn) error {
		if first {
			err := c.row(ctx, "SELECT COALESCE(MAX(seen), 0) FROM beats WHERE process <> $1", d.holder).Scan(moment{&newest})
			if err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, `INSERT INTO beats (process, seen, gone) VALUES ($1, `+d.clock()+`, FALSE)
			ON CONFLICT (process) DO UPDATE SET seen = excluded.seen, gone = FALSE`, d.holder)
		if err != nil {
			return err
		}
		return c.row(ctx, "SELECT COUNT(*) FROM beats WHERE NOT gone AND seen > "+d.clock()+" - $1", silent.Microseconds()).Scan(&processes)
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	d.beat.Lock()
	defer d.beat.Unlock()
	if !d.beat.begun {
		d.beat.begun, d.beat.before = true, newest
	}
	return processes, d.beat.before, nil
}

// leave removes the heartbeat of this process.
func (d *DB) leave(ctx context.Context) error {
	_, err := d.change(ctx, "say that this process ends", "UPDATE beats SET gone = TRUE WHERE process = $1", d.holder)
	return err
}

// Setting returns a small value that all processes share; "" if it is not set.
func (d *DB) Setting(ctx context.Context, key string) (value string, err error) {
	err = d.read(ctx, "read setting "+key, func(ctx context.Context, c conn) error {
		return c.each(ctx, func(row func(...any) error) error { return row(&value) }, "SELECT value FROM settings WHERE name = $1", keyOf(key))
	})
	return value, err
}

// Set sets the value of a Setting.
func (d *DB) Set(ctx context.Context, key, value string) error {
	_, err := d.change(ctx, "change setting "+key, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, keyOf(key), value)
	return err
}
