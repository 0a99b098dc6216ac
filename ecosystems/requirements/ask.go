package requirements

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems"
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
	pin *entry
	to  *state
}

// ask looks up the requirements of all releases in the sets, in the current
// states of the moves. A line that has reached maxTried may not change to
// further unknown releases.
func (c *check) ask(ctx context.Context, sets []*set, at []int) error {
	for n, state := range at {
		c.tried[n] |= 1 << state
	}
	var moving, standing []question
	seen := map[*entry]bool{}
	for _, s := range sets {
		if s.alone {
			continue
		}
		for _, p := range s.pins {
			if seen[p] || p.source || !p.askable {
				continue
			}
			seen[p] = true
			if p.move == still {
				standing = append(standing, question{p, &p.was})
				continue
			}
			to := p.state(at[p.move])
			if to.requires == nil && at[p.move] != stays {
				c.try(p)
			}
			moving = append(moving, question{p, to})
		}
	}
	return c.answer(ctx, append(moving, standing...))
}

// try counts a lookup for a line and, at the limit, closes its unknown states.
func (c *check) try(p *entry) {
	if c.tries[p.move]++; c.tries[p.move] < maxTried {
		return
	}
	for n := best; n < p.states(); n++ {
		if p.state(n).requires == nil && c.tried[p.move]&(1<<n) == 0 {
			c.choices[p.move].closed |= 1 << n
		}
	}
}

// askBefore looks up the requirements of the releases in use of lines that keep a
// move out of a better state: a conflict that existed before must not hold an
// update. It reports whether it looked up anything.
func (c *check) askBefore(ctx context.Context, clashes []clash, at []int) bool {
	var before []question
	seen := map[*entry]bool{}
	for _, cl := range clashes {
		if !cl.pushes(at) {
			continue
		}
		for _, p := range cl.pins {
			if p.source || !p.askable || p.was.requires != nil || p.was.version.IsZero() || seen[p] {
				continue
			}
			seen[p] = true
			before = append(before, question{p, &p.was})
		}
	}
	return len(before) > 0 && c.answer(ctx, before) == nil
}

// pushes reports whether a clash keeps a move out of a better state than its current one.
func (c clash) pushes(at []int) bool {
	better := func(m, state int) bool {
		return m != still && state != stays && (at[m] == stays || state < at[m])
	}
	holds := func(m, state int) bool { return m == still || at[m] == state }
	return better(c.a, c.aIs) && (holds(c.b, c.bIs) || better(c.b, c.bIs)) || better(c.b, c.bIs) && holds(c.a, c.aIs)
}

// answer looks up the questions. Lines with the same release share one lookup.
func (c *check) answer(ctx context.Context, questions []question) error {
	var order []question
	for _, q := range questions {
		key := release{q.pin.pkg, q.to.version.Text}
		if _, ok := c.asked[key]; !ok && !q.to.version.IsZero() {
			c.asked[key] = nil
			order = append(order, q)
		}
	}
	answers := make([]*requires, len(order))
	var g errgroup.Group
	g.SetLimit(maxAsking)
	for n, q := range order {
		g.Go(func() error {
			answers[n] = c.requires(ctx, q.pin.pkg, q.to.version)
			return nil
		})
	}
	_ = g.Wait() // no error: a failed lookup is an answer
	for n, q := range order {
		c.asked[release{q.pin.pkg, q.to.version.Text}] = answers[n]
	}
	for _, q := range questions {
		q.to.requires = c.asked[release{q.pin.pkg, q.to.version.Text}]
	}
	return ctx.Err()
}
