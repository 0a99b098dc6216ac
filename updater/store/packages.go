package store

import (
	"context"
	"strings"
)

// Packages returns the packages whose name contains text, sorted by the number of pins that use them.
func (d *DB) Packages(ctx context.Context, v Viewer, text string, n int) (list []PackageUse, err error) {
	most := new(query).add("SELECT k.ecosystem, k.package, SUM(u.n) FROM (SELECT p.package_id AS id, COUNT(*) AS n FROM ")
	if v.All { // uses an index, without checking every repository
		most.add("pins p WHERE p.repository NOT IN (SELECT id FROM repositories WHERE removed)")
	} else {
		d.visible(most.add("repositories r CROSS JOIN pins p WHERE p.repository = r.id AND "), v)
	}
	most.add(" GROUP BY p.package_id) AS u JOIN packages k ON k.id = u.id")
	if text != "" {
		like := "%" + escapeLike(clip(strings.ToLower(text))) + "%"
		most.add(` WHERE (k.pkg_key LIKE ? ESCAPE '\' OR k.name_key LIKE ? ESCAPE '\')`, like, like)
	}
	most.add(" GROUP BY k.ecosystem, k.package ORDER BY 3 DESC, k.package, k.ecosystem LIMIT ?", within(n, defaultList, maxList))
	err = d.read(ctx, "list packages", func(ctx context.Context, c conn) error {
		list, err = all(ctx, c, func(row func(...any) error) (u PackageUse, err error) {
			return u, row(&u.Ecosystem, &u.Package, &u.Pins)
		}, most.String(), most.args...)
		if err != nil {
			return err
		}
		list, err = d.uses(ctx, c, v, list)
		return err
	})
	return list, err
}

// uses adds the counts of uses to packages.
func (d *DB) uses(ctx context.Context, c conn, v Viewer, list []PackageUse) ([]PackageUse, error) {
	found := map[[2]string]PackageUse{}
	err := chunks(list, atOnce, func(some []PackageUse) error {
		var names []any
		for _, u := range some {
			names = append(names, clip(strings.ToLower(u.Package)))
		}
		q := new(query).add(`SELECT k.ecosystem, k.package, COUNT(*), COUNT(DISTINCT p.repository), COUNT(DISTINCT p.pin_key),
			COUNT(CASE WHEN p.status = 'update' THEN 1 END), COUNT(CASE WHEN p.status = 'held' THEN 1 END)
			FROM packages k JOIN pins p ON p.package_id = k.id JOIN repositories r ON r.id = p.repository
			WHERE k.pkg_key`+in(len(names))+" AND ", names...)
		d.visible(q, v).add(" GROUP BY k.ecosystem, k.package")
		return c.each(ctx, func(row func(...any) error) error {
			var u PackageUse
			err := row(&u.Ecosystem, &u.Package, &u.Pins, &u.Repositories, &u.Versions, &u.Updates, &u.Held)
			found[[2]string{u.Ecosystem, u.Package}] = u
			return err
		}, q.String(), q.args...)
	})
	var used []PackageUse
	for _, u := range list {
		if u, ok := found[[2]string{u.Ecosystem, u.Package}]; ok { // unless it has been removed meanwhile
			used = append(used, u)
		}
	}
	return used, err
}

// A PackageUse counts the uses of a package.
type PackageUse struct {
	Ecosystem, Package string
	Pins, Repositories int
	Versions           int // number of different versions in use
	Updates, Held      int
}

// Pinning returns the repositories with a pin of a package (canonical name), and of a
// tag unless it is "". It is for notifications of registries.
func (d *DB) Pinning(ctx context.Context, pkg, tag string) ([]Repository, error) {
	q := new(query).add(`WHERE NOT r.removed AND r.id IN (SELECT p.repository FROM pins p JOIN packages k ON k.id = p.package_id
		WHERE k.pkg_key = ?`, clip(strings.ToLower(pkg)))
	if tag != "" {
		q.add(" AND p.pin_key = ?", versionKey(tag))
	}
	q.add(") ORDER BY r.id")
	return d.repositories(ctx, "ask who pins "+pkg, q.String(), q.args...)
}
