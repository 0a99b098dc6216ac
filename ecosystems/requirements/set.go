package requirements

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// An entry is one line of a set: a requirement, a constraint, or a line of the
// source of a compiled file.
type entry struct {
	name     string // in the form of PEP 503; "" for a package that is not from an index
	shown    string // as written
	pkg      ecosystems.Package
	at       ecosystems.Span
	extras   []string
	marker   pep508.Marker
	move     int     // the index of its move, or solve.Still
	states   []state // by state of the move: the current one, then that for each of its targets
	askable  bool    // the package may be looked up
	source   bool    // a line of a compiled file's source: it limits and is not installed
	movable  bool    // a line of a source that Freshpin updates too
	versions listed
}

// was returns the current state of a line, before any move.
func (p *entry) was() *state { return &p.states[solve.Stays] }

// now returns the state of a line in the states at, by move.
func (p *entry) now(at []int) *state {
	if p.move == solve.Still {
		return p.was()
	}
	return &p.states[at[p.move]]
}

// A set holds the lines that pip installs in one run: a file and all included files.
type set struct {
	pins []*entry
	surroundings
	closed   string          // why every package must be listed: "a file with hashes", "a compiled file"; "" if not
	unlisted map[string]bool // packages that a compiled file never lists
	alone    bool            // the set has one package, which cannot conflict with another
}

// A check is one call of CheckSet.
type check struct {
	*Ecosystem
	repo    fs.FS
	moves   []ecosystems.Move
	numbers map[ecosystems.Span]int // the index of the move of a place; moves of one place share it
	files   map[string]*reader
	graph   *graph
	pins    map[ecosystems.Span]*entry
	asked   map[release]*requires
	choices []solve.Choice
	tried   []solve.Mask // by move: the states that it was in
	tries   []int        // by move: the number of releases that were looked up
}

// CheckSet checks every set after all moves: the requirements of each release
// (PEP 658) against every other line, and lines of one package against each
// other. Moves with conflicts fall back to the best combination of targets
// without conflicts.
//
// It looks up the requirements of the tried releases, of the releases beside
// them, and, where a conflict may have existed before, of the releases in use. It
// does not look up those of a range that does not move, because pip can choose
// another release of it.
func (e *Ecosystem) CheckSet(ctx context.Context, repo fs.FS, manifests []string, moves []ecosystems.Move) ([]ecosystems.SetVerdict, error) {
	c := &check{
		Ecosystem: e, repo: repo, moves: moves, numbers: map[ecosystems.Span]int{}, files: map[string]*reader{},
		graph: newGraph(repo), pins: map[ecosystems.Span]*entry{}, asked: map[release]*requires{},
		choices: make([]solve.Choice, len(moves)), tried: make([]solve.Mask, len(moves)), tries: make([]int, len(moves)),
	}
	at := make([]int, len(moves))
	for n, m := range moves {
		if _, ok := c.numbers[m.Dependency.At[0]]; !ok {
			c.numbers[m.Dependency.At[0]] = n
		}
		c.choices[n], at[n] = solve.Choice{States: min(2+len(m.Else), solve.MaxStates), Urgent: m.Security}, solve.Best
	}
	sets := c.sets(manifests)
	// Each round looks up what the current states require, finds the conflicts and
	// settles them. New states require new lookups, until no state changes.
	for {
		if err := c.ask(ctx, sets, at); err != nil {
			return nil, err
		}
		clashes := c.clashes(sets)
		next := solve.Settle(c.choices, sides(clashes))
		asked := c.askBefore(ctx, clashes, next)
		if !asked && slices.Equal(next, at) {
			return c.verdicts(sets, clashes, at), ctx.Err()
		}
		at = next
	}
}

func (c *check) clashes(sets []*set) []clash {
	var all []clash
	for _, s := range sets {
		all = append(all, s.clashes(c.line, c.tried)...)
	}
	return all
}

func sides(clashes []clash) []solve.Clash {
	out := make([]solve.Clash, len(clashes))
	for n, c := range clashes {
		out[n] = c.Clash
	}
	return out
}

// sets returns the sets with a move and more than one package.
func (c *check) sets(manifests []string) []*set {
	var moving []string
	for _, m := range c.moves {
		moving = append(moving, m.Dependency.At[0].File)
	}
	slices.Sort(moving)
	moving = slices.Compact(moving)
	var out []*set
	for _, file := range c.roots(manifests, moving) {
		// The graph reads only options, which is cheaper than the lines of every file.
		seen := map[string]bool{}
		c.graph.walk(file, &indexes{}, seen, 0)
		if !slices.ContainsFunc(moving, func(f string) bool { return seen[f] }) {
			continue
		}
		if s := c.set(file); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// roots returns the files that may be installed on their own: the manifests, and
// requirements files in the folders of the moves and above, which may include them.
func (c *check) roots(manifests []string, moving []string) []string {
	roots, dirs := slices.Clone(manifests), map[string]bool{}
	for _, file := range moving {
		for dir := range ecosystems.Above(file) {
			if dirs[dir] {
				break
			}
			dirs[dir] = true
			entries, _ := fs.ReadDir(c.repo, dir) // an unreadable folder has no files
			for _, entry := range entries {
				if name := path.Join(dir, entry.Name()); entry.Type().IsRegular() && match(name) {
					roots = append(roots, name)
				}
			}
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

// load reads a file once; nil for an unreadable one.
func (c *check) load(file string) *reader {
	r, ok := c.files[file]
	if !ok {
		r, _ = c.Ecosystem.load(c.repo, file) // the scan reports the error
		c.files[file] = r
	}
	return r
}

// set returns the set of one file, nil if there is no move or no other line.
func (c *check) set(file string) *set {
	r := c.load(file)
	if r == nil {
		return nil
	}
	s, python, moves := &set{}, "", false
	seen := map[ecosystems.Span]bool{}
	for _, name := range append([]string{file}, r.matched...) {
		included := c.load(name)
		if included == nil {
			continue
		}
		for _, d := range included.deps {
			p := c.pin(d)
			// A place may be reached through two files; an exact pin of a source is also one
			// of the sources' lines, below.
			if seen[p.at] || r.compiled.holds(p.at) {
				continue
			}
			seen[p.at] = true
			s.pins = append(s.pins, p)
			if p.move != solve.Still {
				moves = true
				python = cmp.Or(python, c.moves[p.move].Dependency.Pin.Runtime)
			}
		}
	}
	s.close(r)
	if r.compiled != nil {
		s.pins = append(s.pins, c.limits(r.compiled, seen)...)
	}
	if !moves || len(s.pins) < 2 && s.closed == "" {
		return nil
	}
	s.alone = len(s.names()) < 2 && s.closed == ""
	s.surroundings = c.surroundings(s, cmp.Or(python, r.runtime.Version))
	return s
}

// close records whether a file must list everything that its lines require.
func (s *set) close(r *reader) {
	switch {
	case r.hashed:
		s.closed = "a file with hashes"
	case r.compiled != nil:
		s.closed, s.unlisted = "a compiled file", r.compiled.unlisted
	}
}

// names returns the packages of a set, including those that are not from an index.
func (s *set) names() map[string]bool {
	names := map[string]bool{}
	for _, p := range s.pins {
		if !p.source {
			names[cmp.Or(p.name, pypi.Normal(p.shown))] = true
		}
	}
	return names
}

// pin returns the entry of a dependency, which all sets share.
func (c *check) pin(d ecosystems.Dependency) *entry {
	if p := c.pins[d.At[0]]; p != nil {
		return p
	}
	p := &entry{name: d.Package.Name, shown: d.Name, pkg: d.Package, at: d.At[0], move: solve.Still, askable: d.Package.Name != "" && d.Skip.IsLookup()}
	was := state{}
	if own, _ := d.Own.(*detail); own != nil {
		p.extras, p.marker = own.extras, own.marker
		was.clauses = own.clauses
	}
	if p.askable {
		p.versions, _ = c.remembered(p.pkg)
	}
	was.version, _ = was.only(p.versions)
	p.states = []state{was}
	c.follow(p)
	c.pins[p.at] = p
	return p
}

// follow makes a line part of the move at its place, if there is one.
func (c *check) follow(p *entry) {
	n, ok := c.numbers[p.at]
	if !ok {
		return
	}
	own, _ := c.moves[n].Dependency.Own.(*detail)
	if own == nil {
		return
	}
	p.move = n
	for _, to := range c.versions(n) {
		if len(p.states) < solve.MaxStates {
			p.states = append(p.states, state{clauses: own.after(to), version: to})
		}
	}
}

// versions returns the possible targets of a move, best first.
func (c *check) versions(n int) []version.Version {
	out := []version.Version{c.moves[n].To.Version}
	for _, to := range c.moves[n].Else {
		out = append(out, to.Version)
	}
	return out
}

// limits returns the lines in the sources of a compiled file.
func (c *check) limits(compiled *compiled, seen map[ecosystems.Span]bool) []*entry {
	var out []*entry
	for _, name := range slices.Sorted(maps.Keys(compiled.limits)) {
		for _, l := range compiled.limits[name] {
			if seen[l.at] {
				continue
			}
			p := &entry{name: name, shown: l.name, at: l.at, marker: l.marker, move: solve.Still, source: true, movable: l.movable}
			if p.states = []state{{clauses: l.clauses}}; l.movable {
				c.follow(p)
			}
			out = append(out, p)
		}
	}
	return out
}

// line returns the place of a line as FILE:LINE.
func (c *check) line(p *entry) string {
	data, err := fs.ReadFile(c.repo, p.at.File)
	if err != nil {
		return p.at.File
	}
	return lineOf(data, p.at)
}

// verdicts returns the verdict for each move.
func (c *check) verdicts(sets []*set, clashes []clash, at []int) []ecosystems.SetVerdict {
	out := make([]ecosystems.SetVerdict, len(c.moves))
	with := needed(clashes, at)
	for n := range out {
		out[n] = c.verdict(n, clashes, at)
		out[n].With = with[c.numbers[c.moves[n].Dependency.At[0]]]
	}
	for _, s := range sets {
		for _, p := range s.pins {
			if p.move == solve.Still || at[p.move] == solve.Stays || p.source {
				continue
			}
			if s := p.now(at); s.requires != nil && s.requires.err != nil {
				c.note(out, p, s)
			}
		}
	}
	return out
}

// needed returns, for each successful move, the others that it requires: without
// them it clashes.
func needed(clashes []clash, at []int) map[int][]int {
	out := map[int][]int{}
	add := func(of, other solve.Side) {
		m, o := of.Move, other.Move
		if m == solve.Still || o == solve.Still || m == o || at[m] != of.State || at[o] == solve.Stays {
			return
		}
		if of.State != solve.Stays && other.State == solve.Stays && !slices.Contains(out[m], o) {
			out[m] = append(out[m], o)
		}
	}
	for _, c := range clashes {
		add(c.A, c.B)
		add(c.B, c.A)
	}
	return out
}

// verdict returns the verdict for one move. Moves of one place have one target.
func (c *check) verdict(n int, clashes []clash, at []int) (v ecosystems.SetVerdict) {
	m := c.numbers[c.moves[n].Dependency.At[0]]
	if at[m] > solve.Stays {
		to := c.versions(m)[at[m]-1]
		v.Fits = slices.IndexFunc(c.versions(n), func(v version.Version) bool { return v.Text == to.Text })
	}
	if at[m] != solve.Best || v.Fits > 0 {
		v.Why = ecosystems.Reason{Code: ecosystems.Conflict, Text: blame(m, at, clashes)}
	}
	if at[m] == solve.Stays || v.Fits < 0 {
		v.Held, v.Fits, v.Why = v.Why, 0, ecosystems.Reason{}
	}
	return v
}

func (c *check) note(out []ecosystems.SetVerdict, p *entry, s *state) {
	why := strings.TrimSpace(s.requires.err.Error())
	for n, m := range c.moves {
		if m.Dependency.At[0] == p.at && len(out[n].Notes) == 0 {
			out[n].Notes = []ecosystems.Note{{Code: ecosystems.MetadataUnknown, Text: "what " + p.shown + " " + s.version.Text + " requires is not known, so nothing was checked against it: " + why}}
		}
	}
}

// blame returns the sentence of a clash with the best target of a move. It
// prefers a clash with a line that does not move because of this one.
func blame(m int, at []int, clashes []clash) string {
	would := slices.Clone(at)
	would[m] = solve.Best
	var second *clash
	for n, c := range clashes {
		if !c.Violated(would) {
			continue
		}
		other := c.A.Move
		if other == m {
			other = c.B.Move
		}
		if other == solve.Still || other == m || at[other] == solve.Best {
			return c.why(m)
		}
		// A requirement of the release itself explains more than one of another line.
		if second == nil || second.pins[0].move != m && c.pins[0].move == m {
			second = &clashes[n]
		}
	}
	if second == nil {
		return "other pins of the same set do not allow it"
	}
	return second.why(m)
}
