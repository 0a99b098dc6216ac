package pins

import (
	"context"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// Packages returns the packages whose name contains text, sorted by the number of pins that use them.
func (s Store) Packages(ctx context.Context, v store.Viewer, text string, n int) (list []store.PackageUse, err error) {
	most := new(database.Query).Add("SELECT k.ecosystem, k.package, SUM(u.n) FROM (SELECT p.package_id AS id, COUNT(*) AS n FROM ")
	// The other numbers need the rows of the pins, and are counted only for what is listed.
	if v.All { // uses an index, without checking every repository
		most.Add("pins p WHERE p.repository NOT IN (SELECT id FROM repositories WHERE removed)")
	} else {
		// SQLite reads the tables of a CROSS JOIN in this order: only the pins of those few repositories.
		s.db.Visible(most.Add("repositories r CROSS JOIN pins p WHERE p.repository = r.id AND "), v)
	}
	most.Add(" GROUP BY p.package_id) AS u JOIN packages k ON k.id = u.id")
	if text != "" {
		like := "%" + database.EscapeLike(database.Clip(strings.ToLower(text))) + "%"
		most.Add(` WHERE (k.pkg_key LIKE ? ESCAPE '\' OR k.name_key LIKE ? ESCAPE '\')`, like, like)
	}
	most.Add(" GROUP BY k.ecosystem, k.package ORDER BY 3 DESC, k.package, k.ecosystem LIMIT ?", database.Few(n))
	err = s.db.Read(ctx, "list packages", func(ctx context.Context, c database.Conn) error {
		list, err = database.All(ctx, c, func(row database.Scan) (u store.PackageUse, err error) {
			err = row(&u.Ecosystem, &u.Package, &u.Pins)
			return u, err
		}, most.String(), most.Args...)
		if err != nil {
			return err
		}
		list, err = s.uses(ctx, c, v, list)
		return err
	})
	return list, err
}

// uses adds the counts of uses to packages.
func (s Store) uses(ctx context.Context, c database.Conn, v store.Viewer, list []store.PackageUse) ([]store.PackageUse, error) {
	found := map[[2]string]store.PackageUse{}
	err := database.Chunks(list, database.AtOnce, func(some []store.PackageUse) error {
		var names []any
		for _, u := range some {
			names = append(names, database.Clip(strings.ToLower(u.Package)))
		}
		q := new(database.Query).Add(`SELECT k.ecosystem, k.package, COUNT(*), COUNT(DISTINCT p.repository), COUNT(DISTINCT p.pin_key),
			COUNT(CASE WHEN p.status = 'update' THEN 1 END), COUNT(CASE WHEN p.status = 'held' THEN 1 END)
			FROM packages k JOIN pins p ON p.package_id = k.id JOIN repositories r ON r.id = p.repository
			WHERE k.pkg_key`+database.In(len(names))+" AND ", names...)
		s.db.Visible(q, v).Add(" GROUP BY k.ecosystem, k.package")
		return c.Each(ctx, func(row database.Scan) error {
			var u store.PackageUse
			err := row(&u.Ecosystem, &u.Package, &u.Pins, &u.Repositories, &u.Versions, &u.Updates, &u.Held)
			found[[2]string{u.Ecosystem, u.Package}] = u
			return err
		}, q.String(), q.Args...)
	})
	var used []store.PackageUse
	for _, u := range list {
		if u, ok := found[[2]string{u.Ecosystem, u.Package}]; ok { // unless it has been removed meanwhile
			used = append(used, u)
		}
	}
	return used, err
}

// Pinning returns the repositories with a pin of a package (canonical name), and of a
// tag unless it is "". It is for notifications of registries.
func (s Store) Pinning(ctx context.Context, pkg, tag string) ([]store.Repository, error) {
	q := new(database.Query).Add(`NOT r.removed AND r.id IN (SELECT p.repository FROM pins p JOIN packages k ON k.id = p.package_id
		WHERE k.pkg_key = ?`, database.Clip(strings.ToLower(pkg)))
	if tag != "" {
		q.Add(" AND p.pin_key = ?", versionKey(tag))
	}
	q.Add(") ORDER BY r.id")
	return repositories.Where(ctx, s.db, "ask who pins "+pkg, q.String(), q.Args...)
}
