package ecosystemtest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/ecosystems"
)

// garbled makes the pin of each dependency invalid in turn and checks that the dependency is still reported.
func (c *contract) garbled(context.Context) error {
	data, deps := c.Files[c.Path], c.deps
	for _, d := range deps {
		at := d.At[0]
		if !d.Skip.IsZero() || fileOf(at, c.Path) != c.Path {
			continue
		}
		got, err := c.extract(data[:at.Start] + "%%" + data[at.Start:])
		told := slices.ContainsFunc(got, func(d ecosystems.Dependency) bool { return d.Skip.Code == ecosystems.Malformed })
		// The text may still be valid, but nothing may vanish silently.
		if err == nil && len(got) < len(deps) && !told {
			return fmt.Errorf("with %%%% before its pin, %s is gone without a word", d.Name)
		}
	}
	return nil
}

// truncated cuts the file at the end of every line and within lines. It checks that
// dependencies before the cut are still found, or that an error is reported.
func (c *contract) truncated(context.Context) error {
	data, deps := c.Files[c.Path], c.deps
	step := max(1, len(data)/400) // at most some 400 readings of a file
	for cut := 0; cut < len(data); cut += step {
		got, err := c.extract(data[:cut])
		if err != nil || slices.ContainsFunc(got, func(d ecosystems.Dependency) bool { return d.Skip.Code == ecosystems.Malformed }) {
			continue
		}
		whole := strings.LastIndexByte(data[:cut], '\n') + 1
		for _, d := range deps {
			there := func(g ecosystems.Dependency) bool { return g.Name == d.Name && g.At[0] == d.At[0] }
			if fileOf(d.At[0], c.Path) == c.Path && d.At[0].End < whole && c.complete(d, whole) && !slices.ContainsFunc(got, there) {
				return fmt.Errorf("cut at byte %d, %s at byte %d is gone without a word", cut, d.Name, d.At[0].Start)
			}
		}
	}
	return nil
}

// complete reports whether the text of a dependency ends before an offset and the
// next line does not continue it.
func (c *contract) complete(d ecosystems.Dependency, end int) bool {
	if d.Pin.Before+d.Pin.After != "" || len(d.At) > 1 {
		return false // composed from several places
	}
	data := c.Files[c.Path]
	start := strings.LastIndexByte(data[:d.At[0].Start], '\n') + 1
	if !strings.Contains(data[start:d.At[0].End], d.Name) {
		return false // the name is on another line
	}
	line := data[d.At[0].End:]
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	return !strings.HasSuffix(strings.TrimRight(line, "\r"), `\`) && d.At[0].End+len(line) < end
}

// noise replaces, inserts and removes bytes at random. The seed is fixed, so that a failure can be reproduced.
func (c *contract) noise(context.Context) error {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		data := []byte(c.Files[c.Path])
		for range 1 + random.IntN(4) {
			at := random.IntN(len(data))
			switch random.IntN(3) {
			case 0:
				data[at] = byte(random.IntN(256))
			case 1:
				data = slices.Insert(data, at, byte(random.IntN(256)))
			default:
				data = slices.Delete(data, at, min(at+1+random.IntN(5), len(data)))
			}
			if len(data) == 0 { // IntN panics on 0
				data = []byte{0}
			}
		}
		files := maps.Clone(c.Files)
		files[c.Path] = string(data)
		deps, err := c.extract(string(data))
		for _, d := range deps {
			if bad := placed(files, c.Path, d); bad != nil {
				return fmt.Errorf("%q: %s %w", data, d.Name, bad)
			}
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			return fmt.Errorf("an error of several lines: %q", err)
		}
	}
	return nil
}

// hostileTargets checks that each hostile target is refused, or changes only its dependency.
func (c *contract) hostileTargets(context.Context) error {
	deps := c.deps
	for n, d := range deps {
		good := c.Target(d)
		if !d.Skip.IsZero() || good.Version.IsZero() {
			continue
		}
		for _, to := range hostile {
			if to.Version.Text == "" && (to.Digest != "" || to.Hashes != nil) { // only the digest is hostile
				to.Version = good.Version
			}
			if err := c.refusesOrMoves(deps, n, to); err != nil {
				return fmt.Errorf("%s to %.60q %.40q %.40q: %w", d.Name, to.Version.Text, to.Digest, to.Hashes, err)
			}
		}
	}
	return nil
}

func (c *contract) refusesOrMoves(deps []ecosystems.Dependency, n int, to ecosystems.Target) error {
	edits, err := c.eco.Edit(deps[n], to)
	if err != nil || len(edits) == 0 {
		return nil // refused or unchanged
	}
	edited, err := apply(c.Files, c.Path, edits)
	if err != nil {
		return err
	}
	after, err := c.extract(edited[c.Path])
	if err != nil || len(after) != len(deps) {
		return fmt.Errorf("the file now has %d dependencies, not %d (%v)", len(after), len(deps), err)
	}
	for i := range after {
		if !slices.Equal(deps[i].At, deps[n].At) && show(deps[i]) != show(after[i]) {
			return fmt.Errorf("%s became %s", show(deps[i]), show(after[i]))
		}
	}
	got := after[n]
	if to.Digest != "" && got.Pin.Digest != "" && got.Pin.Digest != to.Digest {
		return fmt.Errorf("it reads the digest %q", got.Pin.Digest)
	}
	for _, e := range edits {
		if strings.ContainsAny(strings.TrimPrefix(e.New, e.Old), "\x00\u2028") {
			return fmt.Errorf("it writes %q", e.New)
		}
	}
	return nil
}

// concurrent extracts and edits concurrently, for the race detector.
func (c *contract) concurrent(context.Context) error {
	data := c.Files[c.Path]
	want, _ := c.extract(data)
	results := make([]string, 8)
	var all sync.WaitGroup
	for n := range results {
		all.Go(func() {
			defer func() {
				// guarded is in another goroutine, and cannot recover this panic.
				if r := recover(); r != nil {
					results[n] = fmt.Sprint("panic: ", r)
				}
			}()
			for range 5 {
				deps, _ := c.extract(data)
				for _, d := range deps {
					_, _ = c.eco.Edit(d, c.Target(d)) // other checks look at the result
				}
				results[n] = said(deps)
			}
		})
	}
	all.Wait()
	for _, got := range results {
		if got != said(want) {
			return fmt.Errorf("readings at the same time differ:\n%s\nnot\n%s", got, said(want))
		}
	}
	return nil
}
