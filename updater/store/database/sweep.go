package database

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// batch is the number of rows that one transaction of Sweep removes; it is small so that others do not wait long.
const batch = 200

// A leftover describes the rows of a table to remove. In where, {now} is the current
// time, and {keep} the time before which rows are removed.
type leftover struct {
	table, key, where string
	batch             int // rows per transaction; 0 means batch
}

// leftovers in the order of removal.
var leftovers = [...]leftover{
	{table: "sessions", key: "id", where: "expires <= {now}", batch: 10}, // each has thousands of rows of access
	{table: "leases", key: "name", where: "until <= {now}"},
	{table: "pauses", key: "name", where: "until <= {now}"},
	{table: "spends", key: "id", where: "until <= {now}"},
	// The newest heartbeat stays: it tells a process that starts how long none has lived.
	{table: "beats", key: "process", where: "seen <= {silent} AND seen < (SELECT MAX(seen) FROM beats)"},
	{table: "deliveries", key: "id", where: "received < {keep}"},
	// One that still holds stays, because it would be told again.
	{table: "events", key: "id", where: "at < {keep} AND noted < {keep}"},
	{table: "runs", key: "id", where: "began < {keep}"},
	{table: "repositories", key: "id", where: "removed AND removed_at < {keep}", batch: 10}, // with their pins and all other rows
	{table: "installations", key: "id", where: `removed AND changed < {keep}
		AND NOT EXISTS (SELECT 1 FROM repositories r WHERE r.installation = installations.id)`},
	{table: "packages", key: "id", where: "NOT EXISTS (SELECT 1 FROM pins p WHERE p.package_id = packages.id)"},
}

// Silence is the time without a heartbeat after which a process counts as dead.
const Silence = 2 * time.Minute

// Sweep removes rows that are too old or too many, a few at a time. Any process may
// call it at any time.
func (d *DB) Sweep(ctx context.Context) error {
	for _, l := range leftovers {
		n := l.batch
		if n == 0 {
			n = batch
		}
		err := d.until(ctx, "remove old "+l.table, n, fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s LIMIT %d)",
			l.table, l.key, l.key, l.table, d.times(l.where), n))
		if err != nil {
			return err
		}
	}
	for _, pair := range [...][3]string{
		{"pulls", "number", "state <> 'open' AND changed < {keep}"},
		{"dismissals", "ecosystem, package, advisory", "until < {keep}"},
		{"days", "day", "until <= {keepday}"},
	} {
		err := d.until(ctx, "remove old "+pair[0], batch, fmt.Sprintf("DELETE FROM %[1]s WHERE (repository, %[2]s) IN (SELECT repository, %[2]s FROM %[1]s WHERE %[3]s LIMIT %[4]d)",
			pair[0], pair[1], d.times(pair[2]), batch))
		if err != nil {
			return err
		}
	}
	return d.shrink(ctx)
}

// times replaces the times in a condition.
func (d *DB) times(where string) string {
	keep := fmt.Sprintf("(%s - %d)", d.Clock(), d.o.Keep.Microseconds())
	return strings.NewReplacer(
		"{now}", d.Clock(),
		"{keep}", keep,
		"{keepday}", "("+keep+" / 86400000000)",
		"{silent}", fmt.Sprintf("(%s - %d)", d.Clock(), Silence.Microseconds()),
	).Replace(where)
}

// until repeats a statement that removes up to n rows until it removes fewer.
func (d *DB) until(ctx context.Context, what string, n int, statement string) error {
	for {
		removed, err := d.Change(ctx, what, statement)
		if err != nil || removed < int64(n) {
			return err
		}
	}
}

// shrink returns free pages of a SQLite file to the disk, some at a time.
func (d *DB) shrink(ctx context.Context) error {
	if d.dialect.postgres {
		return nil
	}
	for {
		var free int64
		err := d.Read(ctx, "ask for free pages", func(ctx context.Context, c Conn) error {
			return c.Row(ctx, "PRAGMA freelist_count").Scan(&free)
		})
		if err != nil || free < keepPages {
			return err
		}
		if _, err := d.Change(ctx, "give free pages back", "PRAGMA incremental_vacuum(1000)"); err != nil {
			return err
		}
	}
}

// keepPages is the number of free 4 KiB pages that stay in the file for new rows.
const keepPages = 10_000
