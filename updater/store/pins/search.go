package pins

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// Search finds pins by a search text: python:3.6, python, a digest, a package with
// ==version or @version, an advisory (GHSA-…, CVE-…, PYSEC-…, GO-…).
//
// Exact matches come first: the package with that name, then packages that end in it
// (mirror.example/library/python). Only if there are none, it returns packages with the
// text anywhere in their names. python:3.6 also finds versions that begin with it, 3.6.15
// and 3.6-slim but not 3.60; ==3.6 and @3.6 do not. Equal matches are sorted by
// repository, file and line. It returns at most n pins, 0 means 1,000, and never more
// than 10,000.
func (s Store) Search(ctx context.Context, v store.Viewer, text string, n int) (list []store.Pin, err error) {
	w := parse(text)
	g := &matches{most: database.Many(n)}
	err = s.db.Read(ctx, "search for pins", func(ctx context.Context, c database.Conn) error {
		g.pins, g.has = nil, map[[2]int64]bool{}
		return s.search(ctx, c, v, w, g)
	})
	return g.pins, err
}

func (s Store) search(ctx context.Context, c database.Conn, v store.Viewer, w searched, g *matches) error {
	if w.advisory != "" {
		if err := s.find(ctx, c, v, w.affected(), g); err != nil || len(g.pins) > 0 {
			return err
		}
	}
	if w.digest != "" {
		packages, err := w.packages(ctx, c, exactly, 0)
		if err != nil {
			return err
		}
		more, err := w.packages(ctx, c, shortly, 0)
		if err != nil {
			return err
		}
		return s.find(ctx, c, v, w.pinned(append(packages, more...)), g)
	}
	if len(w.names) == 0 {
		return nil
	}
	for way := range ways {
		if way == anywhere && len(g.pins) > 0 {
			return nil
		}
		if err := s.searchPackages(ctx, c, v, w, way, g); err != nil {
			return err
		}
	}
	return nil
}

// searchPackages finds the pins of packages that match in one of the ways.
func (s Store) searchPackages(ctx context.Context, c database.Conn, v store.Viewer, w searched, way int, g *matches) error {
	if way == anywhere && !v.All {
		for _, p := range w.versions() {
			if err := s.find(ctx, c, v, w.within(p), g); err != nil || g.full() {
				return err
			}
		}
		return nil
	}
	for after := int64(0); !g.full(); {
		packages, err := w.packages(ctx, c, way, after)
		if err != nil || len(packages) == 0 {
			return err
		}
		after = packages[len(packages)-1]
		for _, p := range w.versions() {
			p.where, p.args = "p.package_id"+database.In(len(packages))+p.where, append(database.Values(packages), p.args...)
			if err := s.find(ctx, c, v, p, g); err != nil || g.full() {
				return err
			}
		}
	}
	return nil
}

// A searched is what a search text may mean.
type searched struct {
	advisory string
	digest   string
	names    []string // possible names of a package, canonical ones first
	version  string
	near     bool // versions that begin with version match, too
}

var (
	advisoryForm = lazyregexp.New(`(?i)^[a-z]{2,12}(-[a-z0-9:.]+)+$`)
	digestForm   = lazyregexp.New(`(?i)^(sha256|sha512):[0-9a-f]{4,128}$`)
	bareDigest   = lazyregexp.New(`(?i)^[0-9a-f]{64}$`)
	operators    = lazyregexp.New(`\s*(===|==|~=|>=|<=|!=|<|>|=)\s*`)
	separators   = lazyregexp.New(`[-_.]+`)
)

// parse parses a search text.
func parse(text string) (w searched) {
	text = strings.ToLower(strings.TrimSpace(database.CleanText(text)))
	for _, scheme := range []string{"https://", "http://", "docker://", "oci://"} {
		text = strings.TrimPrefix(text, scheme)
	}
	text = database.Clip(text)
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

// nameAndVersion splits requests==2.0, module@v1.2.3, image:tag and "python 3.6".
func nameAndVersion(text string) (name, version string, near bool) {
	if at := operators.FindStringIndex(text); at != nil && at[0] > 0 {
		return bare(text[:at[0]]), versionKey(strings.ReplaceAll(text[at[0]:], " ", "")), false
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

// bare removes the extras of a requirement: requests[socks].
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

// spellings returns the canonical names that a search text may mean: people write
// images of Docker Hub without the host, and Python packages with any of - _ . (PEP 503).
func spellings(name string) []string {
	name = strings.Trim(name, "/ ")
	if name == "" {
		return nil
	}
	list := []string{name}
	first, rest, slash := strings.Cut(name, "/")
	switch {
	case !slash: // an image of Docker's own, or a Python package
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

// A search has several queries, so that each can use one index: first for the matching
// packages, then for their pins.

// A part is a condition on pins p of repositories r.
type part struct {
	from  string // further tables, joined to p
	where string
	args  []any
	order string
}

// pinned selects the pins of a digest, restricted to packages if a name is given.
func (w searched) pinned(packages []int64) part {
	// Digests are hexadecimal: all that begin with this one sort before it and a g.
	p := part{where: "p.digest_key >= ? AND p.digest_key < ? AND p.digest_key <> ''", args: []any{w.digest, w.digest + "g"},
		order: "p.digest_key, p.repository, p.seq"}
	if len(w.names) > 0 {
		p.where += " AND p.package_id" + database.In(len(packages))
		p.args = append(p.args, database.Values(packages)...)
	}
	return p
}

// within selects the pins with the text anywhere in their names. It is for viewers who
// may not see everything, and scans the pins that they may see.
func (w searched) within(p part) part {
	like := "%" + database.EscapeLike(database.Clip(w.names[0])) + "%"
	p.from = "CROSS JOIN packages k" // in this order for SQLite: from the few pins to their packages
	p.where = `k.id = p.package_id AND (k.pkg_key LIKE ? ESCAPE '\' OR k.name_key LIKE ? ESCAPE '\')` + p.where
	p.args = append([]any{like, like}, p.args...)
	p.order = "p.repository, p.seq"
	return p
}

// affected selects the pins that an advisory affects.
func (w searched) affected() part {
	return part{
		from:  "JOIN pin_advisories x ON x.repository = p.repository AND x.seq = p.seq",
		where: "x.advisory = ?", args: []any{w.advisory}, order: "x.repository, x.seq",
	}
}

// versions returns the conditions for the ways in which a version can match, the best first.
func (w searched) versions() []part {
	const byPin = "p.package_id, p.pin_key, p.repository, p.seq"
	if w.version == "" {
		return []part{{order: byPin}}
	}
	with := []any{w.version, "v" + w.version, strings.TrimPrefix(w.version, "v")}
	list := []part{
		{where: " AND p.pin_key IN (?, ?, ?)", args: with, order: byPin},
		{where: " AND p.current_key IN (?, ?, ?)", args: with, order: "p.package_id, p.current_key, p.repository, p.seq"},
	}
	if w.near {
		list = append(list, part{
			where: ` AND p.pin_key >= ? AND p.pin_key < ? AND SUBSTR(p.pin_key, ?, 1) NOT IN ('0','1','2','3','4','5','6','7','8','9')`,
			// Up to the last character of Unicode, and no further digit: 3.6 is not 3.60.
			args: []any{w.version, w.version + "\U0010FFFF", utf8.RuneCountInString(w.version) + 1}, order: byPin,
		})
	}
	return list
}

// Ways in which a name can match a package: it equals the name, ends in it, or
// contains it.
const (
	exactly = iota
	shortly
	anywhere
	ways
)

// packages returns some numbers of packages that match in one of the ways, above after
// and sorted.
func (w searched) packages(ctx context.Context, c database.Conn, way int, after int64) ([]int64, error) {
	if len(w.names) == 0 {
		return nil, nil // only a digest
	}
	name := database.Clip(w.names[0])
	like := "%" + database.EscapeLike(name) + "%"
	q := new(database.Query).Add("SELECT id FROM packages WHERE id > ? AND ", after)
	switch way {
	case exactly:
		q.Add("(pkg_key"+database.In(len(w.names))+" OR name_key = ?)", append(database.Values(w.names), name)...)
	case shortly:
		q.Add("short = ?", name)
	case anywhere:
		q.Add(`(pkg_key LIKE ? ESCAPE '\' OR name_key LIKE ? ESCAPE '\')`, like, like)
	}
	return database.All(ctx, c, database.Column[int64],
		q.Add(" ORDER BY id LIMIT ?", database.AtOnce).String(), q.Args...)
}

// A matches collects pins, each once.
type matches struct {
	pins []store.Pin
	has  map[[2]int64]bool // by repository and place
	most int
}

func (g *matches) full() bool { return len(g.pins) >= g.most }

// find queries one part, and skips pins that were found before.
func (s Store) find(ctx context.Context, c database.Conn, v store.Viewer, p part, g *matches) error {
	q := new(database.Query).Add("SELECT p.seq, " + columns + " FROM repositories r JOIN pins p ON p.repository = r.id " + p.from + " WHERE ")
	q.Add(p.where, p.args...).Add(" AND ")
	s.db.Visible(q, v).Add(" ORDER BY "+p.order+" LIMIT ?", g.most)
	from := len(g.pins)
	err := c.Each(ctx, func(row database.Scan) error {
		var seq int64
		found, err := scan(func(into ...any) error { return row(append([]any{&seq}, into...)...) })
		if at := [2]int64{found.Repository, seq}; err == nil && !g.has[at] && !g.full() {
			g.has[at] = true
			g.pins = append(g.pins, found)
		}
		return err
	}, q.String(), q.Args...)
	slices.SortStableFunc(g.pins[from:], func(a, b store.Pin) int {
		return cmp.Or(strings.Compare(repositories.NameKey(a.Repo), repositories.NameKey(b.Repo)), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return err
}
