package store

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// Who finds pins by what somebody writes: python:3.6, python, a digest, a
// package with ==version or @version, an advisory (GHSA-…, CVE-…, PYSEC-…, GO-…).
//
// What is meant exactly comes first: the package of that name, then one that
// ends in it (mirror.example/library/python). Only where there is none, packages
// with the text anywhere in their names are taken. python:3.6 also finds what
// begins with that version, 3.6.15 and 3.6-slim but not 3.60; ==3.6 and @3.6 do
// not. At most n pins are returned, 0 means 1,000; more than 10,000 are never.
func (d *DB) Who(ctx context.Context, v Viewer, text string, n int) (list []Pin, err error) {
	w := wanted(text)
	n = within(n, defaultPins, maxPins)
	err = d.read(ctx, "search for pins", func(ctx context.Context, c conn) error {
		list = nil
		for _, some := range w.queries() {
			found, err := d.find(ctx, c, v, some, n-len(list), list)
			if err != nil {
				return err
			}
			list = append(list, found...)
			if len(list) >= n {
				return nil
			}
		}
		return nil
	})
	return list, err
}

// A sought is what somebody asks for.
type sought struct {
	advisory string
	digest   string
	names    []string // spellings of a package, canonical ones first
	version  string
	near     bool // versions that begin with version will do
}

var (
	advisoryForm = regexp.MustCompile(`(?i)^[a-z]{2,12}(-[a-z0-9:.]+)+$`)
	digestForm   = regexp.MustCompile(`(?i)^(sha256|sha512):[0-9a-f]{4,128}$`)
	bareDigest   = regexp.MustCompile(`(?i)^[0-9a-f]{64}$`)
	operators    = regexp.MustCompile(`\s*(===|==|~=|>=|<=|!=|<|>|=)\s*`)
	separators   = regexp.MustCompile(`[-_.]+`)
)

// wanted reads what somebody wrote.
func wanted(text string) (w sought) {
	text = strings.ToLower(strings.TrimSpace(cleanText(text)))
	for _, scheme := range []string{"https://", "http://", "docker://", "oci://"} {
		text = strings.TrimPrefix(text, scheme)
	}
	if len(text) > maxKey {
		text = clip(text)
	}
	if advisoryForm.MatchString(text) {
		w.advisory = advisoryKey(text)
	}
	name, rest, at := cutLast(text, "@")
	switch {
	case digestForm.MatchString(text):
		w.digest = text
		return w
	case bareDigest.MatchString(text):
		w.digest = "sha256:" + text
		return w
	case at && digestForm.MatchString(rest):
		w.digest, text = rest, name
	}
	name, w.version, w.near = nameAndVersion(text)
	w.names = spellings(name)
	return w
}

// nameAndVersion parts requests==2.0, module@v1.2.3, image:tag and "python 3.6".
func nameAndVersion(text string) (name, version string, near bool) {
	if at := operators.FindStringIndex(text); at != nil && at[0] > 0 {
		return bare(text[:at[0]]), versionKey(text[at[1]:]), false
	}
	if name, version, ok := cutLast(text, "@"); ok && name != "" {
		return name, versionKey(version), false
	}
	if i := strings.LastIndex(text, ":"); i > strings.LastIndex(text, "/") {
		return text[:i], versionKey(text[i+1:]), true
	}
	if name, version, ok := strings.Cut(text, " "); ok {
		return bare(name), versionKey(version), true
	}
	return bare(text), "", false
}

// bare takes extras from a requirement: requests[socks].
func bare(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return strings.TrimSpace(name)
}

func cutLast(text, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

// spellings returns the canonical names that somebody may mean: Docker Hub's
// are written without their host, Python's with any of - _ . (PEP 503).
func spellings(name string) []string {
	name = strings.Trim(name, "/ ")
	if name == "" {
		return nil
	}
	list := []string{name}
	first, rest, slash := strings.Cut(name, "/")
	switch {
	case !slash:
		list = append(list, "docker.io/library/"+name, separators.ReplaceAllString(name, "-"))
	case first == "index.docker.io" || first == "registry-1.docker.io" || first == "docker.io":
		list = append(list, "docker.io/"+rest)
		if !strings.Contains(rest, "/") {
			list = append(list, "docker.io/library/"+rest)
		}
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		list = append(list, "docker.io/"+name)
	}
	slices.Sort(list[1:])
	return slices.Compact(list)
}

// A part narrows pins: the first that finds something decides how well it fits.
type part struct {
	where string
	args  []any
	last  bool // only asked where nothing was found before
}

// queries returns what to ask for, the best first.
func (w sought) queries() []part {
	var list []part
	if w.advisory != "" {
		list = append(list, part{where: `EXISTS (SELECT 1 FROM pin_advisories x
			WHERE x.repository = p.repository AND x.seq = p.seq AND x.advisory = ?)`, args: []any{w.advisory}})
	}
	packages := w.packages()
	if w.digest != "" {
		p := part{where: "p.digest_key >= ? AND p.digest_key < ? AND p.digest_key <> ''", args: []any{w.digest, w.digest + "g"}}
		if len(packages) > 0 {
			p.where, p.args = p.where+" AND "+anyOf(packages), append(p.args, argsOf(packages)...)
		}
		return append(list, p)
	}
	for _, p := range packages {
		for _, v := range w.versions() {
			v.where, v.args, v.last = p.where+v.where, append(slices.Clone(p.args), v.args...), p.last
			list = append(list, v)
		}
	}
	return list
}

func anyOf(parts []part) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.where)
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

func argsOf(parts []part) (args []any) {
	for _, p := range parts {
		args = append(args, p.args...)
	}
	return args
}

// packages are the ways a package may be meant.
func (w sought) packages() []part {
	if len(w.names) == 0 {
		return nil
	}
	const in = "p.package_id IN (SELECT id FROM packages WHERE "
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(w.names)), ", ")
	var names []any
	for _, name := range w.names {
		names = append(names, clip(name))
	}
	exact := part{where: in + "pkg_key IN (" + marks + ") OR name_key = ?)", args: append(slices.Clone(names), names[0])}
	like := "%" + escapeLike(clip(w.names[0])) + "%"
	return []part{
		exact,
		{where: in + "short = ?)", args: names[:1]},
		{where: in + `pkg_key LIKE ? ESCAPE '\' OR name_key LIKE ? ESCAPE '\')`, args: []any{like, like}, last: true},
	}
}

// versions are the ways a version may be meant.
func (w sought) versions() []part {
	if w.version == "" {
		return []part{{}}
	}
	with := []any{w.version, "v" + w.version, strings.TrimPrefix(w.version, "v")}
	list := []part{
		{where: " AND p.pin_key IN (?, ?, ?)", args: with},
		{where: " AND p.current_key IN (?, ?, ?)", args: with},
	}
	if w.near {
		list = append(list, part{
			where: ` AND p.pin_key >= ? AND p.pin_key < ? AND SUBSTR(p.pin_key, ?, 1) NOT IN ('0','1','2','3','4','5','6','7','8','9')`,
			args:  []any{w.version, w.version + "\U0010FFFF", len([]rune(w.version)) + 1},
		})
	}
	return list
}

// find asks for one part, without the pins that were found before.
func (d *DB) find(ctx context.Context, c conn, v Viewer, p part, n int, before []Pin) ([]Pin, error) {
	if p.last && len(before) > 0 {
		return nil, nil
	}
	q := new(query).add("SELECT " + pinColumns + " FROM pins p JOIN repositories r ON r.id = p.repository WHERE ")
	q.add(p.where, p.args...).add(" AND ")
	d.visible(q, v).add(" ORDER BY p.package_id, p.pin_key, p.repository, p.seq LIMIT ?", n+len(before))
	found, err := all(ctx, c, scanPin, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, b := range before {
		has[b.Repo+"\n"+b.ID] = true
	}
	found = slices.DeleteFunc(found, func(p Pin) bool { return has[p.Repo+"\n"+p.ID] })
	slices.SortStableFunc(found, func(a, b Pin) int {
		return strings.Compare(nameKey(a.Repo), nameKey(b.Repo))
	})
	return found[:min(n, len(found))], nil
}

// Packages lists packages by how many pins use them, with their names matching text.
func (d *DB) Packages(ctx context.Context, v Viewer, text string, n int) (list []PackageUse, err error) {
	q := new(query).add(`SELECT k.ecosystem, k.package, COUNT(*), COUNT(DISTINCT p.repository), COUNT(DISTINCT p.pin_key),
		COUNT(CASE WHEN p.status = 'update' THEN 1 END), COUNT(CASE WHEN p.status = 'held' THEN 1 END)
		FROM pins p JOIN packages k ON k.id = p.package_id JOIN repositories r ON r.id = p.repository WHERE `)
	d.visible(q, v)
	if text != "" {
		like := "%" + escapeLike(clip(strings.ToLower(text))) + "%"
		q.add(` AND (k.pkg_key LIKE ? ESCAPE '\' OR k.name_key LIKE ? ESCAPE '\')`, like, like)
	}
	q.add(" GROUP BY k.ecosystem, k.package ORDER BY 3 DESC, k.package, k.ecosystem LIMIT ?", within(n, defaultList, maxList))
	err = d.read(ctx, "list packages", func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, func(row func(...any) error) (u PackageUse, err error) {
			err = row(&u.Ecosystem, &u.Package, &u.Pins, &u.Repositories, &u.Versions, &u.Updates, &u.Held)
			return u, err
		}, q.String(), q.args...)
		return err
	})
	return list, err
}

// A PackageUse says how much a package is used.
type PackageUse struct {
	Ecosystem, Package string
	Pins, Repositories int
	Versions           int // different ones in use
	Updates, Held      int
}

// Pinning returns the repositories with a pin of that package (canonical), and
// of that tag where one is given: for notifications of registries.
func (d *DB) Pinning(ctx context.Context, pkg, tag string) ([]Repository, error) {
	q := new(query).add(`WHERE NOT r.removed AND r.id IN (SELECT p.repository FROM pins p JOIN packages k ON k.id = p.package_id
		WHERE k.pkg_key = ?`, clip(strings.ToLower(pkg)))
	if tag != "" {
		q.add(" AND p.pin_key = ?", versionKey(tag))
	}
	q.add(") ORDER BY r.id")
	return d.repositories(ctx, "ask who pins "+pkg, q.String(), q.args...)
}
