package store

import (
	"context"
	"fmt"
)

// PutInstallation adds or changes an installation. A zero Since leaves the stored one unchanged.
func (d *DB) PutInstallation(ctx context.Context, i Installation) error {
	_, err := d.change(ctx, fmt.Sprintf("keep installation %d", i.ID), `
		INSERT INTO installations (id, account, suspended, removed, since, synced, changed)
		VALUES ($1, $2, $3, $4, $5, $6, `+d.clock()+`)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, suspended = excluded.suspended,
			removed = excluded.removed, changed = excluded.changed,
			since = CASE WHEN excluded.since = 0 THEN installations.since ELSE excluded.since END,
			synced = CASE WHEN excluded.synced = 0 THEN installations.synced ELSE excluded.synced END`,
		i.ID, i.Account, i.Suspended, i.Removed, micros(i.Since), micros(i.Synced))
	return err
}

const installationColumns = "id, account, suspended, removed, since, synced"

func scanInstallation(row func(...any) error) (i Installation, err error) {
	err = row(&i.ID, &i.Account, &i.Suspended, &i.Removed, moment{&i.Since}, moment{&i.Synced})
	return i, err
}

// Installations returns the installations that are not removed, sorted by account.
func (d *DB) Installations(ctx context.Context) (list []Installation, err error) {
	err = d.read(ctx, "list installations", func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanInstallation,
			"SELECT "+installationColumns+" FROM installations WHERE NOT removed ORDER BY LOWER(account), id")
		return err
	})
	return list, err
}

// Installation returns an installation, even a removed one, or ErrNotFound.
func (d *DB) Installation(ctx context.Context, id int64) (i Installation, err error) {
	err = d.read(ctx, fmt.Sprintf("read installation %d", id), func(ctx context.Context, c conn) (err error) {
		i, err = scanInstallation(c.row(ctx, "SELECT "+installationColumns+" FROM installations WHERE id = $1", id).Scan)
		return err
	})
	return i, err
}
