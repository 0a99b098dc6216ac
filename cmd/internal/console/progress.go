package console

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// Progress returns a function that draws a bar on standard error, and one that
// removes it. Both do nothing unless standard error is a capable terminal. waiting
// returns the host that most requests wait for; nil if unknown.
func (e *Env) Progress(quiet bool, waiting func() string) (step func(done, total int), end func()) {
	if quiet || !IsTerminal(e.Stderr) || e.Getenv("CI") != "" || e.Getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	m := &meter{}
	// The sanitizer would take away what removes the line.
	end = redraw(behind(e.Stderr), redrawn, func() string { return m.line(waits(waiting), Columns(e.Stderr)) })
	return func(done, total int) { m.step(done, total) }, end
}

// redrawn is how often the line is drawn. What is faster than this shows none.
const redrawn = 150 * time.Millisecond

// redraw draws a line over and over, until end removes it.
func redraw(w io.Writer, every time.Duration, line func() string) (end func()) {
	const remove = "\r\x1b[K"
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				_, _ = io.WriteString(w, remove) // a bar that cannot be drawn changes nothing
				return
			case <-tick.C:
				_, _ = io.WriteString(w, remove+line())
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(stop)
		<-stopped
	})
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

// whole is the length of the bar in steps, width in columns.
const (
	whole = 1000
	width = 28
)

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

// line returns what is drawn, in less than columns if that is known, so that the terminal does not break it.
func (m *meter) line(waits string, columns int) string {
	full := int(m.at() * width / whole)
	line := sanitize.Text(fmt.Sprintf("%s[%s%s]%s", m.says(waits != ""), strings.Repeat("=", full), strings.Repeat("-", width-full), waits))
	if columns > 0 {
		line = text.Trim(line, columns-1)
	}
	return line
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
	m.furthest = max(m.furthest, min(whole-1, whole*int64(m.before+m.done)/int64(max(expected, 1))))
	return m.furthest
}

func (m *meter) at() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
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
