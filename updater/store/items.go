package store

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
)

// pinsToItems moves the pins of version 6, which has a column for each fact, to the table of version 7.
func pinsToItems(ctx context.Context, c conn) error {
	ids, err := all(ctx, c, func(row func(...any) error) (id int64, err error) { return id, row(&id) },
		"SELECT DISTINCT repository FROM old_pins ORDER BY repository")
	if err != nil {
		return err
	}
	for _, id := range ids { // one after the other, because a Postgres connection cannot write while it reads rows
		pins, err := all(ctx, c, scanOldPin, `SELECT base, pin_id, file, line, col, ecosystem, name, package, pin, digest,
			current, safe, minor, latest, latest_package, newer_base, release_line, status, band, security, target, target_hash,
			reason_code, reason, notes, advisories, published, libyears, pull, alarm, why
			FROM old_pins WHERE repository = $1 ORDER BY seq`, id)
		if err != nil {
			return err
		}
		if err := insertPins(ctx, c, id, inOrder(pins)); err != nil {
			return err
		}
	}
	return nil
}

func scanOldPin(row func(...any) error) (p Pin, err error) {
	var at time.Time
	p.Advisories, p.Notes, p.Why = []record.Advisory{}, []ecosystems.Note{}, []string{}
	err = row(&p.Base, &p.ID, &p.File, &p.Line, &p.Column, &p.Ecosystem, &p.Name, &p.Package, &p.Pin, &p.Digest,
		&p.Current, &p.Safe, &p.Minor, &p.Latest, &p.LatestPackage, &p.NewerBase, &p.ReleaseLine, &p.Status, &p.Band, &p.Security,
		&p.Target.Version, &p.Target.Digest, &p.ReasonCode, &p.Reason, fromJSON{&p.Notes}, fromJSON{&p.Advisories}, moment{&at},
		&p.Libyears, &p.Pull, &p.Alarm, fromJSON{&p.Why})
	p.CurrentPublished = record.Time(at)
	for n := range p.Advisories {
		a := &p.Advisories[n]
		a.Aliases, a.Imports = append([]string{}, a.Aliases...), []string{}
	}
	return p, err
}
