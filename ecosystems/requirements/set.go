package requirements

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/conflict"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A check is one call of CheckSet.
type check struct {
	*Ecosystem
	repo    fs.FS
	moves   []ecosystems.Move
	numbers map[ecosystems.Span]int // the index of the move of a place; moves of one place share it
	files   map[string]*reader
	graph   *graph
	pins    map[ecosystems.Span]*conflict.Entry
	asked   map[release]*conflict.Requires
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
		graph: newGraph(repo), pins: map[ecosystems.Span]*conflict.Entry{}, asked: map[release]*conflict.Requires{},
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

func (c *check) clashes(sets []*conflict.Set) []conflict.Clash {
	var all []conflict.Clash
	for _, s := range sets {
		all = append(all, s.Clashes(c.line, c.tried)...)
	}
	return all
}

func sides(clashes []conflict.Clash) []solve.Clash {
	out := make([]solve.Clash, len(clashes))
	for n, c := range clashes {
		out[n] = c.Clash
	}
	return out
}

// sets returns the sets with a move and more than one package.
func (c *check) sets(manifests []string) []*conflict.Set {
	var moving []string
	for _, m := range c.moves {
		moving = append(moving, m.Dependency.At[0].File)
	}
	slices.Sort(moving)
	moving = slices.Compact(moving)
	var out []*conflict.Set
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
func (c *check) set(file string) *conflict.Set {
	r := c.load(file)
	if r == nil {
		return nil
	}
	s, python, moves := &conflict.Set{}, "", false
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
			if seen[p.At] || r.compiled.holds(p.At) {
				continue
			}
			seen[p.At] = true
			s.Pins = append(s.Pins, p)
			if p.Move != solve.Still {
				moves = true
				python = cmp.Or(python, c.moves[p.Move].Dependency.Pin.Runtime)
			}
		}
	}
	closeSet(s, r)
	if r.compiled != nil {
		s.Pins = append(s.Pins, c.limits(r.compiled, seen)...)
	}
	if !moves || len(s.Pins) < 2 && s.Closed == "" {
		return nil
	}
	s.Surround(cmp.Or(python, r.runtime.Version), c.mayRun)
	return s
}

// mayRun reports whether the release that a line shall have may run on a Python.
func (c *check) mayRun(p *conflict.Entry, python string) bool {
	known, _ := c.remembered(p.Package)
	r, ok := known.release(p.States[min(solve.Best, len(p.States)-1)].Version)
	return !ok || !p.Askable || c.RunsOn(r.Runtime, python)
}

// lineOf returns a place in the text of its file as FILE:LINE.
func lineOf(data []byte, at ecosystems.Span) string {
	line, _ := ecosystems.Position(data, at.Start)
	return fmt.Sprintf("%s:%d", at.File, line)
}

// closeSet records whether a file must list everything that its lines require.
func closeSet(s *conflict.Set, r *reader) {
	switch {
	case r.hashed:
		s.Closed = "a file with hashes"
	case r.compiled != nil:
		s.Closed, s.Unlisted = "a compiled file", r.compiled.unlisted
	}
}

// pin returns the entry of a dependency, which all sets share.
func (c *check) pin(d ecosystems.Dependency) *conflict.Entry {
	if p := c.pins[d.At[0]]; p != nil {
		return p
	}
	p := &conflict.Entry{Name: d.Package.Name, Shown: d.Name, Package: d.Package, At: d.At[0], Move: solve.Still, Askable: d.Package.Name != "" && d.Skip.IsLookup()}
	was := conflict.State{}
	if own, _ := d.Own.(*detail); own != nil {
		p.Extras, p.Marker = own.extras, own.marker
		was.Clauses = own.clauses
	}
	if p.Askable {
		known, _ := c.remembered(p.Package)
		p.Versions = known.releases
	}
	was.Version, _ = was.Only(p.Versions)
	p.States = []conflict.State{was}
	c.follow(p)
	c.pins[p.At] = p
	return p
}

// follow makes a line part of the move at its place, if there is one.
func (c *check) follow(p *conflict.Entry) {
	n, ok := c.numbers[p.At]
	if !ok {
		return
	}
	own, _ := c.moves[n].Dependency.Own.(*detail)
	if own == nil {
		return
	}
	p.Move = n
	for _, to := range c.versions(n) {
		if len(p.States) < solve.MaxStates {
			p.States = append(p.States, conflict.State{Clauses: own.after(to), Version: to})
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
func (c *check) limits(compiled *compiled, seen map[ecosystems.Span]bool) []*conflict.Entry {
	var out []*conflict.Entry
	for _, name := range slices.Sorted(maps.Keys(compiled.limits)) {
		for _, l := range compiled.limits[name] {
			if seen[l.at] {
				continue
			}
			p := &conflict.Entry{Name: name, Shown: l.name, At: l.at, Marker: l.marker, Move: solve.Still, Source: true, Movable: l.movable}
			if p.States = []conflict.State{{Clauses: l.clauses}}; l.movable {
				c.follow(p)
			}
			out = append(out, p)
		}
	}
	return out
}

// line returns the place of a line as FILE:LINE.
func (c *check) line(p *conflict.Entry) string {
	data, err := fs.ReadFile(c.repo, p.At.File)
	if err != nil {
		return p.At.File
	}
	return lineOf(data, p.At)
}

// verdicts returns the verdict for each move.
func (c *check) verdicts(sets []*conflict.Set, clashes []conflict.Clash, at []int) []ecosystems.SetVerdict {
	out := make([]ecosystems.SetVerdict, len(c.moves))
	with := needed(clashes, at)
	for n := range out {
		out[n] = c.verdict(n, clashes, at)
		out[n].With = with[c.numbers[c.moves[n].Dependency.At[0]]]
	}
	for _, s := range sets {
		for _, p := range s.Pins {
			if p.Move == solve.Still || at[p.Move] == solve.Stays || p.Source {
				continue
			}
			if s := p.Now(at); s.Requires != nil && s.Requires.Err != nil {
				c.note(out, p, s)
			}
		}
	}
	return out
}

// needed returns, for each successful move, the others that it requires: without
// them it clashes.
func needed(clashes []conflict.Clash, at []int) map[int][]int {
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
func (c *check) verdict(n int, clashes []conflict.Clash, at []int) (v ecosystems.SetVerdict) {
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

func (c *check) note(out []ecosystems.SetVerdict, p *conflict.Entry, s *conflict.State) {
	why := strings.TrimSpace(s.Requires.Err.Error())
	for n, m := range c.moves {
		if m.Dependency.At[0] == p.At && len(out[n].Notes) == 0 {
			out[n].Notes = []ecosystems.Note{{Code: ecosystems.MetadataUnknown, Text: "what " + p.Shown + " " + s.Version.Text + " requires is not known, so nothing was checked against it: " + why}}
		}
	}
}

// blame returns the sentence of a clash with the best target of a move. It
// prefers a clash with a line that does not move because of this one.
func blame(m int, at []int, clashes []conflict.Clash) string {
	would := slices.Clone(at)
	would[m] = solve.Best
	var second *conflict.Clash
	for n, c := range clashes {
		if !c.Violated(would) {
			continue
		}
		other := c.A.Move
		if other == m {
			other = c.B.Move
		}
		if other == solve.Still || other == m || at[other] == solve.Best {
			return c.Why(m)
		}
		// A requirement of the release itself explains more than one of another line.
		if second == nil || second.Pins[0].Move != m && c.Pins[0].Move == m {
			second = &clashes[n]
		}
	}
	if second == nil {
		return "other pins of the same set do not allow it"
	}
	return second.Why(m)
}
