package store

import (
	"context"
	"fmt"
	"time"
)

// Lease takes a name for a while, if nobody else holds it: ErrTaken. The holder
// is this DB; a lease that it holds is renewed. A process that is killed loses
// its leases when they run out.
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

// Release gives a lease back. One that another holds by now stays.
func (d *DB) Release(ctx context.Context, name string) error {
	_, err := d.change(ctx, "release "+name, "DELETE FROM leases WHERE name = $1 AND holder = $2", keyOf(name), d.holder)
	return err
}

// Pause notes that nobody is to ask until then: a host, an installation. A later time wins.
func (d *DB) Pause(ctx context.Context, name string, until time.Time) error {
	_, err := d.change(ctx, "pause "+name, `INSERT INTO pauses (name, until) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET until = CASE WHEN excluded.until > pauses.until THEN excluded.until ELSE pauses.until END`,
		keyOf(name), micros(until))
	return err
}

// Pauses returns what is paused now.
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

// Spend takes one out of a budget of so many in a window (an hour, a day), over
// all processes: no window of that length, wherever it begins, holds more. It
// reports false where nothing is left, and when something will be; where many
// is 0 or less that is never, and the time is zero.
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
		// The oldest that must be past before another one fits.
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

// silent is how long a process that does not beat counts as alive.
const silent = 2 * time.Minute

// Beat notes that this process lives, and returns how many do (those that beat
// within two minutes), and when the newest beat of any process was before the
// first one of this; zero where there was none.
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

// leave lets others know that this process does not live any more.
func (d *DB) leave(ctx context.Context) error {
	_, err := d.change(ctx, "say that this process ends", "UPDATE beats SET gone = TRUE WHERE process = $1", d.holder)
	return err
}

// Setting returns a small value that all processes share; "" where there is none.
func (d *DB) Setting(ctx context.Context, key string) (value string, err error) {
	err = d.read(ctx, "read setting "+key, func(ctx context.Context, c conn) error {
		return c.each(ctx, func(row func(...any) error) error { return row(&value) }, "SELECT value FROM settings WHERE name = $1", keyOf(key))
	})
	return value, err
}

// Set changes it.
func (d *DB) Set(ctx context.Context, key, value string) error {
	_, err := d.change(ctx, "change setting "+key, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, keyOf(key), value)
	return err
}
