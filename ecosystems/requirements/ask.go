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

// maxAsking is how many releases may be asked about at once; the client has limits of its own.
const maxAsking = 32

// A question is what one state of a line requires.
type question struct {
	pin *entry
	to  *state
}

// ask finds out what the releases of the sets require: those that move first.
func (c *check) ask(ctx context.Context, sets []*set) error {
	var moving, standing []question
	seen := map[*entry]bool{}
	for _, s := range sets {
		if s.alone {
			continue
		}
		for _, p := range s.pins {
			switch {
			case seen[p] || p.source || !p.askable || p.is.version.IsZero():
			case p.move != still:
				moving = append(moving, question{p, &p.is})
			default:
				standing = append(standing, question{p, &p.is})
			}
			seen[p] = true
		}
	}
	if err := c.answer(ctx, append(moving, standing...)); err != nil {
		return err
	}
	for _, q := range standing {
		q.pin.was.requires = q.pin.is.requires
	}
	return nil
}

// askBefore asks what the releases in use require of which the moves clash or
// are dropped: a conflict that stood there before holds nothing, and one that
// would return does. It reports whether anything was asked.
func (c *check) askBefore(ctx context.Context, clashes []clash, dropped []bool) bool {
	none := make([]bool, len(dropped))
	var before []question
	seen := map[*entry]bool{}
	for _, cl := range clashes {
		for _, p := range cl.pins {
			if p.move == still || p.source || !p.askable || p.was.requires != nil || p.was.version.IsZero() || seen[p] {
				continue
			}
			if seen[p] = cl.violated(none) || dropped[p.move]; seen[p] {
				before = append(before, question{p, &p.was})
			}
		}
	}
	return len(before) > 0 && c.answer(ctx, before) == nil
}

// answer asks each question once, whichever lines share it.
func (c *check) answer(ctx context.Context, questions []question) error {
	var order []question
	for _, q := range questions {
		key := release{q.pin.pkg, q.to.version.Text}
		if _, ok := c.asked[key]; !ok {
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
