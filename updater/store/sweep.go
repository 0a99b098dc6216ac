package store

import (
	"context"
	"fmt"
)

// batch is how many rows one transaction of Sweep removes, so that nobody waits for it.
const batch = 200

// old says which rows of which tables go: %s is their key in a table, then what makes them old.
var old = [...]struct{ table, key, where string }{
	{"sessions", "id", "expires <= {now}"},
	{"leases", "name", "until <= {now}"},
	{"pauses", "name", "until <= {now}"},
	{"spends", "id", "until <= {now}"},
	{"deliveries", "id", "received < {keep}"},
	{"runs", "id", "began < {keep}"},
}

// Sweep removes what is older than it is to be kept, and what is too much. Any process may call it at any time.
func (d *DB) Sweep(ctx context.Context) error {
	keep := fmt.Sprintf("(%s - %d)", d.clock(), d.o.Keep.Microseconds())
	day := fmt.Sprintf("(%s / 86400000000)", keep)
	for _, statement := range []string{
		d.oldRows("sessions", "id", "expires <= "+d.clock()),
		d.oldRows("leases", "name", "until <= "+d.clock()),
		d.oldRows("pauses", "name", "until <= "+d.clock()),
		d.oldRows("spends", "id", "until <= "+d.clock()),
		d.oldRows("beats", "process", fmt.Sprintf("seen <= %s - %d AND seen < (SELECT MAX(seen) FROM beats)", d.clock(), silent.Microseconds())),
		d.oldRows("deliveries", "id", "received < "+keep),
		d.oldRows("runs", "id", "began < "+keep),
	} {
		if err := d.until(ctx, statement); err != nil {
			return err
		}
	}
	_ = day
	return d.trim(ctx)
}

func (d *DB) oldRows(table, key, where string) string {
	return fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s LIMIT %d)", table, key, key, table, where, batch)
}

// until repeats a statement until it removes nothing more.
func (d *DB) until(ctx context.Context, statement string) error {
	for {
		n, err := d.change(ctx, "remove what is old", statement)
		if err != nil || n < batch {
			return err
		}
	}
}
