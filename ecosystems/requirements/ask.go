package requirements

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/conflict"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
)

// A release is one version of a package.
type release struct {
	pkg     ecosystems.Package
	version string
}

// The limits for looking up what releases require.
const (
	maxAsking = 32 // lookups at once; the HTTP client has further limits
	maxTried  = 20 // releases tried for one line
)

// A question is a lookup of the requirements of one state of a line.
type question struct {
	pin *conflict.Entry
	to  *conflict.State
}

// ask looks up the requirements of all releases in the sets, in the current
// states of the moves. A line that has reached maxTried may not change to
// further unknown releases.
func (c *check) ask(ctx context.Context, sets []*conflict.Set, at []int) error {
	for n, state := range at {
		c.tried[n] |= 1 << state
	}
	var questions []question
	seen := map[*conflict.Entry]bool{}
	for _, s := range sets {
		if s.Alone() {
			continue
		}
		for _, p := range s.Pins {
			if seen[p] || p.Source || !p.Askable {
				continue
			}
			seen[p] = true
			to := p.Now(at)
			if to != p.Was() && to.Requires == nil {
				c.try(p)
			}
			questions = append(questions, question{p, to})
		}
	}
	return c.answer(ctx, questions)
}

// try counts a lookup for a line and, at the limit, closes its unknown states.
func (c *check) try(p *conflict.Entry) {
	if c.tries[p.Move]++; c.tries[p.Move] < maxTried {
		return
	}
	for n := solve.Best; n < len(p.States); n++ {
		if p.States[n].Requires == nil && !c.tried[p.Move].Has(n) {
			c.choices[p.Move].Closed |= 1 << n
		}
	}
}

// askBefore looks up the requirements of the releases in use of lines that keep a
// move out of a better state: a conflict that existed before must not hold an
// update. It reports whether it looked up anything.
func (c *check) askBefore(ctx context.Context, clashes []conflict.Clash, at []int) bool {
	var before []question
	seen := map[*conflict.Entry]bool{}
	for _, cl := range clashes {
		if !pushes(cl, at) {
			continue
		}
		for _, p := range cl.Pins {
			if p.Source || !p.Askable || p.Was().Requires != nil || p.Was().Version.IsZero() || seen[p] {
				continue
			}
			seen[p] = true
			before = append(before, question{p, p.Was()})
		}
	}
	return len(before) > 0 && c.answer(ctx, before) == nil
}

// pushes reports whether a clash keeps a move out of a better state than its current one.
func pushes(c conflict.Clash, at []int) bool {
	better := func(s solve.Side) bool {
		return s.Move != solve.Still && s.State != solve.Stays && (at[s.Move] == solve.Stays || s.State < at[s.Move])
	}
	holds := func(s solve.Side) bool { return s.Move == solve.Still || at[s.Move] == s.State }
	return better(c.A) && (holds(c.B) || better(c.B)) || better(c.B) && holds(c.A)
}

// answer looks up the questions. Lines with the same release share one lookup.
func (c *check) answer(ctx context.Context, questions []question) error {
	var g errgroup.Group
	g.SetLimit(maxAsking)
	for _, q := range questions {
		if q.to.Version.IsZero() {
			continue // a range: pip may choose any of its releases
		}
		key := release{q.pin.Package, q.to.Version.Text}
		if c.asked[key] == nil {
			found := &conflict.Requires{}
			c.asked[key] = found
			g.Go(func() error {
				*found = c.requires(ctx, q.pin.Package, q.to.Version)
				return nil
			})
		}
		q.to.Requires = c.asked[key]
	}
	_ = g.Wait() // no error: a failed lookup is an answer
	return ctx.Err()
}
