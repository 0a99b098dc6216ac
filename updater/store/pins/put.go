package pins

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Replace replaces the pins of a repository, and reports whether they have changed: hash
// is that of the former ones. nil pins are unchanged.
func Replace(ctx context.Context, c database.Conn, repository int64, pins []store.Pin, hash string) (changed bool, err error) {
	if pins == nil {
		return false, nil
	}
	pins = inOrder(pins)
	now := database.Hash(pins)
	if now == hash {
		return false, nil
	}
	// The rows that refer to pins go first.
	for _, statement := range []string{"DELETE FROM pin_advisories WHERE repository = $1", "DELETE FROM pins WHERE repository = $1"} {
		if _, err := c.Exec(ctx, statement, repository); err != nil {
			return false, err
		}
	}
	if err := insertPins(ctx, c, repository, pins); err != nil {
		return false, err
	}
	_, err = c.Exec(ctx, "UPDATE repositories SET pins_hash = $1 WHERE id = $2", now, repository)
	return true, err
}

// inOrder sorts pins by base, file and line.
func inOrder(pins []store.Pin) []store.Pin {
	return slices.SortedStableFunc(slices.Values(pins), func(a, b store.Pin) int {
		return cmp.Or(strings.Compare(a.Base, b.Base), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// insertPins adds the pins of a repository without pins.
func insertPins(ctx context.Context, c database.Conn, repository int64, pins []store.Pin) error {
	packages, err := packageIDs(ctx, c, pins)
	if err != nil {
		return err
	}
	list := make([][]any, len(pins))
	for seq, p := range pins {
		list[seq] = []any{
			repository, seq, packages[packageOf(p)], versionKey(p.Pin), versionKey(p.Current), digestKey(p.Digest),
			string(p.Status), p.Band, p.Alarm != "", database.AsJSON(p),
		}
	}
	err = c.Insert(ctx, "INSERT INTO pins (repository, seq, package_id, pin_key, current_key, digest_key, status, band, alarmed, item) VALUES", "", list)
	if err != nil {
		return err
	}
	return putAdvisories(ctx, c, repository, pins)
}

// versionKey returns a version in the form for searches: "==2.0" and "2.0" are the same.
func versionKey(v string) string {
	return database.Clip(strings.ToLower(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(v), "="))))
}

func digestKey(digest string) string { return database.Clip(strings.ToLower(digest)) }

// A packageName is the key of a package in the index.
type packageName struct{ ecosystem, pkg, name string }

func packageOf(p store.Pin) packageName {
	return packageName{database.Clip(p.Ecosystem), database.Clip(p.Package), database.Clip(p.Name)}
}

// short returns the short name of a package for people: the last significant part of its name.
func short(name string) string {
	parts := strings.Split(strings.ToLower(name), "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		return parts[len(parts)-2] // the major version of a Go module
	}
	return last
}

// packageIDs returns the numbers of packages, and adds missing packages. It adds them
// in sorted order, so that two processes do not deadlock.
func packageIDs(ctx context.Context, c database.Conn, pins []store.Pin) (map[packageName]int64, error) {
	ids := map[packageName]int64{}
	var names []packageName
	for _, p := range pins {
		if n := packageOf(p); ids[n] == 0 {
			ids[n] = -1 // asked for, not found yet
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b packageName) int {
		return strings.Compare(a.ecosystem+"\n"+a.pkg+"\n"+a.name, b.ecosystem+"\n"+b.pkg+"\n"+b.name)
	})
	if err := findPackages(ctx, c, names, ids); err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(n packageName) bool { return ids[n] > 0 })
	var fresh [][]any
	for _, n := range missing {
		fresh = append(fresh, []any{n.ecosystem, n.pkg, n.name, database.Clip(strings.ToLower(n.pkg)), database.Clip(strings.ToLower(n.name)), database.Clip(short(n.pkg))})
	}
	err := c.Insert(ctx, "INSERT INTO packages (ecosystem, package, name, pkg_key, name_key, short) VALUES",
		"ON CONFLICT (ecosystem, package, name) DO NOTHING", fresh)
	if err != nil {
		return nil, err
	}
	return ids, findPackages(ctx, c, missing, ids)
}

func findPackages(ctx context.Context, c database.Conn, names []packageName, ids map[packageName]int64) error {
	return database.Chunks(names, database.AtOnce, func(some []packageName) error {
		var args []any
		for _, n := range some {
			args = append(args, database.Clip(strings.ToLower(n.pkg)))
		}
		return c.Each(ctx, func(row database.Scan) error {
			var id int64
			var n packageName
			err := row(&id, &n.ecosystem, &n.pkg, &n.name)
			// The others are of another ecosystem, or have another name in files.
			if _, asked := ids[n]; asked {
				ids[n] = id
			}
			return err
		}, "SELECT id, ecosystem, package, name FROM packages WHERE pkg_key IN ("+database.Places(1, len(args))+")", args...)
	})
}

// putAdvisories indexes the advisories of pins by all their names.
func putAdvisories(ctx context.Context, c database.Conn, repository int64, pins []store.Pin) error {
	var list [][]any
	for seq, p := range pins {
		named := map[string]bool{}
		for _, a := range p.Advisories {
			for _, id := range append([]string{a.ID}, a.Aliases...) {
				if id = advisoryKey(id); id != "" && !named[id] {
					named[id] = true
					list = append(list, []any{id, repository, seq})
				}
			}
		}
	}
	return c.Insert(ctx, "INSERT INTO pin_advisories (advisory, repository, seq) VALUES", "", list)
}

func advisoryKey(id string) string { return database.Clip(strings.ToUpper(strings.TrimSpace(id))) }
