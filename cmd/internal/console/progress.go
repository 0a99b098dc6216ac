package console

import (
	"cmp"
	"fmt"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Progress returns a function that draws a bar on standard error, and one that
// removes it. Both do nothing unless standard error is a capable terminal. waiting
// returns the host that most requests wait for; nil if unknown.
func (e *Env) Progress(quiet bool, waiting func() string) (step func(done, total int), end func()) {
	if quiet || !IsTerminal(e.Stderr) || e.Getenv("CI") != "" || e.Getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	m := &meter{}
	p := mpb.New(mpb.WithOutput(behind(e.Stderr)), mpb.WithWidth(30))
	bar := p.AddBar(whole, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return m.says(waits(waiting) != "") })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return waits(waiting) })))
	step = func(done, total int) { bar.SetCurrent(m.step(done, total)) }
	return step, func() {
		// Wait would block for a bar that has not reached its end.
		bar.Abort(true)
		p.Wait()
	}
}

// waits names the host being waited for; "" for none.
func waits(waiting func() string) string {
	if waiting == nil {
		return ""
	}
	if host := waiting(); host != "" {
		return " waiting for " + host
	}
	return ""
}

// whole is the length of the bar in steps.
const whole = 1000

// A meter combines several phases, whose number and size are not known ahead, into
// one value that never decreases.
type meter struct {
	mu       sync.Mutex
	before   int // steps done in earlier phases
	done     int // steps done in this phase
	total    int // steps of this phase
	phases   int
	furthest int64
}

// step records progress within a phase. A new phase begins when the total changes or
// its first step is done.
func (m *meter) step(done, total int) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if total != m.total || done == 1 && m.done > 1 {
		m.before += m.done
		m.done, m.total, m.phases = 0, total, m.phases+1
	}
	m.done = max(m.done, done)
	expected := m.before + m.total
	if m.phases == 1 {
		expected += total // each lookup is followed by a decision
	}
	// The length of later phases is a guess, and the bar must not go back when it was wrong.
	m.furthest = max(m.furthest, min(whole-1, whole*int64(m.before+m.done)/int64(max(expected, 1))))
	return m.furthest
}

// says returns the label before the bar. asking: requests are under way, so files
// are no longer read even if no lookup has ended.
func (m *meter) says(asking bool) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phases == 0 && !asking {
		return "reading files "
	}
	return fmt.Sprintf("looking up, %d%% ", cmp.Or(m.furthest*100/whole, 0))
}
