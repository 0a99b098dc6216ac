package database

import (
	"context"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
)

// An oldPin is a row of the table of version 6, which has a column for each fact.
type oldPin struct {
	store.Pin
	packageID                     int64
	pinKey, currentKey, digestKey string
}

// pinsToItems moves the pins of version 6 to the table of version 7. It has statements
// of its own, because those of package pins follow the newest version.
func pinsToItems(ctx context.Context, c Conn) error {
	ids, err := All(ctx, c, Column[int64],
		"SELECT DISTINCT repository FROM old_pins ORDER BY repository")
	if err != nil {
		return err
	}
	for _, id := range ids { // one after the other, because a Postgres connection cannot write while it reads rows
		pins, err := All(ctx, c, scanOldPin, `SELECT package_id, pin_key, current_key, digest_key, base, pin_id, file, line, col, ecosystem,
			name, package, pin, digest, current, safe, minor, latest, latest_package, newer_base, release_line, status, band, security, target,
			target_hash, reason_code, reason, notes, advisories, published, libyears, pull, alarm, why
			FROM old_pins WHERE repository = $1 ORDER BY base, file, line, col, seq`, id)
		if err != nil {
			return err
		}
		if err := insertItems(ctx, c, id, pins); err != nil {
			return err
		}
	}
	return nil
}

func scanOldPin(row Scan) (p oldPin, err error) {
	var at time.Time
	p.Advisories, p.Notes, p.Why = []record.Advisory{}, []ecosystems.Note{}, []string{}
	err = row(&p.packageID, &p.pinKey, &p.currentKey, &p.digestKey, &p.Base, &p.ID, &p.File, &p.Line, &p.Column, &p.Ecosystem,
		&p.Name, &p.Package, &p.Pin.Pin, &p.Digest, &p.Current, &p.Safe, &p.Minor, &p.Latest, &p.LatestPackage, &p.NewerBase, &p.ReleaseLine, &p.Status,
		&p.Band, &p.Security, &p.Target.Version, &p.Target.Digest, &p.ReasonCode, &p.Reason, JSON(&p.Notes), JSON(&p.Advisories), Moment(&at),
		&p.Libyears, &p.Pull, &p.Alarm, JSON(&p.Why))
	p.CurrentPublished = record.Time(at)
	for n := range p.Advisories {
		a := &p.Advisories[n]
		a.Aliases, a.Imports = append([]string{}, a.Aliases...), []string{}
	}
	return p, err
}

func insertItems(ctx context.Context, c Conn, repository int64, pins []oldPin) error {
	var items, advisories [][]any
	for seq, p := range pins {
		items = append(items, []any{
			repository, seq, p.packageID, p.pinKey, p.currentKey, p.digestKey, string(p.Status), p.Band, p.Alarm != "", AsJSON(p.Pin),
		})
		for _, a := range p.Advisories {
			for _, id := range append([]string{a.ID}, a.Aliases...) {
				if id = Clip(strings.ToUpper(strings.TrimSpace(id))); id != "" {
					advisories = append(advisories, []any{id, repository, seq})
				}
			}
		}
	}
	err := c.Insert(ctx, "INSERT INTO pins (repository, seq, package_id, pin_key, current_key, digest_key, status, band, alarmed, item) VALUES", "", items)
	if err != nil {
		return err
	}
	return c.Insert(ctx, "INSERT INTO pin_advisories (advisory, repository, seq) VALUES", "ON CONFLICT (advisory, repository, seq) DO NOTHING", advisories)
}
