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

// The limits of asking: how many releases at once, though the client has limits
// of its own, and how many of one line.
const (
	maxAsking = 32
	maxTried  = 20
)

// A question is what one state of a line requires.
type question struct {
	pin *entry
	to  *state
}

// ask finds out what the releases of the sets require in the states that the
// moves are in. A line of which enough was tried goes to nothing else that is not known.
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

// try counts a release of a line that is asked about.
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

// askBefore asks what the releases in use require of the lines that clash with a
// better state of a move than the one found: a conflict that stood there before
// holds nothing. It reports whether anything was asked.
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

// pushes reports whether a clash keeps a move out of a better state.
func (c clash) pushes(at []int) bool {
	better := func(m, state int) bool {
		return m != still && state != stays && (at[m] == stays || state < at[m])
	}
	holds := func(m, state int) bool { return m == still || at[m] == state }
	return better(c.a, c.aIs) && (holds(c.b, c.bIs) || better(c.b, c.bIs)) || better(c.b, c.bIs) && holds(c.a, c.aIs)
}

// answer asks each question once, whichever lines share it.
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
	_ = g.Wait() // failures are answers
	for n, q := range order {
		c.asked[release{q.pin.pkg, q.to.version.Text}] = answers[n]
	}
	for _, q := range questions {
		q.to.requires = c.asked[release{q.pin.pkg, q.to.version.Text}]
	}
	return ctx.Err()
}
