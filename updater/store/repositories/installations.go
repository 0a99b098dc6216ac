package repositories

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// PutInstallation adds or changes an installation. A zero Since leaves the stored one unchanged.
func (s Store) PutInstallation(ctx context.Context, i store.Installation) error {
	_, err := s.db.Change(ctx, fmt.Sprintf("keep installation %d", i.ID), `
		INSERT INTO installations (id, account, suspended, removed, since, synced, changed)
		VALUES ($1, $2, $3, $4, $5, $6, `+s.db.Clock()+`)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, suspended = excluded.suspended,
			removed = excluded.removed, changed = excluded.changed,
			since = CASE WHEN excluded.since = 0 THEN installations.since ELSE excluded.since END,
			synced = CASE WHEN excluded.synced = 0 THEN installations.synced ELSE excluded.synced END`,
		i.ID, i.Account, i.Suspended, i.Removed, database.Micros(i.Since), database.Micros(i.Synced))
	return err
}

const installationColumns = "id, account, suspended, removed, since, synced"

func scanInstallation(row database.Scan) (i store.Installation, err error) {
	err = row(&i.ID, &i.Account, &i.Suspended, &i.Removed, database.Moment(&i.Since), database.Moment(&i.Synced))
	return i, err
}

// Installations returns the installations that are not removed, sorted by account.
func (s Store) Installations(ctx context.Context) ([]store.Installation, error) {
	return database.List(ctx, s.db, "list installations", scanInstallation,
		"SELECT "+installationColumns+" FROM installations WHERE NOT removed ORDER BY LOWER(account), id")
}

// Installation returns an installation, even a removed one, or ErrNotFound.
func (s Store) Installation(ctx context.Context, id int64) (store.Installation, error) {
	return database.One(ctx, s.db, fmt.Sprintf("read installation %d", id), scanInstallation,
		"SELECT "+installationColumns+" FROM installations WHERE id = $1", id)
}
