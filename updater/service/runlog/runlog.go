// Package runlog is the log of one run, as it is stored and shown: one line for each
// event, without secrets.
package runlog

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// The limits of a run's log.
const (
	logLines = 200 // later lines are only counted
	logWidth = 500 // bytes per line
)

// A Log is the log of one run, one line per event, without secrets.
type Log struct {
	Hide func(string) string

	mu    sync.Mutex
	lines []string
	more  int
}

// add appends a line.
func (l *Log) add(form string, args ...any) {
	// Hide comes first: it would not recognise a secret that was changed or cut.
	line := sanitize.Cell(l.Hide(fmt.Sprintf(form, args...)))
	if len(line) > logWidth {
		// The cut may be inside a character.
		line = strings.ToValidUTF8(line[:logWidth], "") + "…"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) >= logLines {
		l.more++
		return
	}
	l.lines = append(l.lines, line)
}

// Text returns the log in its stored form.
func (l *Log) Text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	if l.more > 0 {
		// The full slice makes append copy: other goroutines still add to l.lines.
		lines = append(lines[:len(lines):len(lines)], fmt.Sprintf("… and %d more lines", l.more))
	}
	return strings.Join(lines, "\n")
}

// Report logs the results of a pass.
func (l *Log) Report(r *lifecycle.Report, err error) {
	if r.Was.Commit != "" {
		l.add("read %s at %s of %s", r.Was.Repo, r.Was.Commit[:min(7, len(r.Was.Commit))], r.Was.Branch)
	}
	for _, b := range r.Bases {
		if b.Err != nil {
			l.add("base branch %s: %v", b.Name, b.Err)
			continue
		}
		l.add("base branch %s at %s", b.Name, b.Commit[:min(7, len(b.Commit))])
	}
	if r.Unchanged {
		l.add("nothing has changed since the last run, so pull requests were not read")
	}
	if r.Later != nil {
		l.add("deferred: %s", r.Later.Error())
	}
	for _, w := range r.Warnings {
		l.add("%s", w)
	}
	for _, o := range r.Groups {
		l.group(o)
	}
	if r.Plan != nil {
		l.plan(r.Plan)
	}
	if err != nil {
		l.add("error: %v", err)
	}
}

func (l *Log) group(o decide.Outcome) {
	number := ""
	if o.Number != 0 {
		number = fmt.Sprintf(" #%d", o.Number)
	}
	why := ""
	if o.Why != "" {
		why = ": " + o.Why
	}
	l.add("pull request%s %s (%s, %s)%s", number, o.What, cmp.Or(o.Branch, o.Group), plan.Count(o.Updates, "update"), why)
}

// plan logs failed lookups and the totals.
func (l *Log) plan(p *plan.Plan) {
	for _, h := range p.FailedHosts {
		l.add("host %s: %s", h.Host, h.Error)
	}
	counts := map[plan.Status]int{}
	for n := range p.Items {
		i := &p.Items[n]
		counts[i.Status]++
		if i.Status == plan.Failed {
			l.add("failed: %s:%d %s: %s", i.File, i.Line, i.Dependency.Name, i.Reason.Text)
		}
	}
	l.add("%s: %d current, %d with an update, %d held, %d skipped, %d failed", plan.Count(len(p.Items), "pin"),
		counts[plan.Current], counts[plan.Update], counts[plan.Held], counts[plan.Skipped], counts[plan.Failed])
}

// Logger returns a logger that also writes into the run's log.
func (l *Log) Logger(to *slog.Logger) *slog.Logger {
	return slog.New(&noting{Handler: to.Handler(), log: l})
}

// noting is a slog handler that copies records into the run's log.
type noting struct {
	slog.Handler
	log *Log
	has string // attributes of the logger, as text
}

// Enabled implements slog.Handler. The run's log does not depend on the level of the service's log.
func (n *noting) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || n.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (n *noting) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		text := r.Message + n.has
		r.Attrs(func(a slog.Attr) bool {
			text += " " + a.String()
			return true
		})
		n.log.add("%s: %s", strings.ToLower(r.Level.String()), text)
	}
	// Enabled also admits records that only the run's log keeps.
	if !n.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return n.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (n *noting) WithAttrs(attrs []slog.Attr) slog.Handler {
	has := n.has
	for _, a := range attrs {
		has += " " + a.String()
	}
	return &noting{n.Handler.WithAttrs(attrs), n.log, has}
}

// WithGroup implements slog.Handler.
func (n *noting) WithGroup(name string) slog.Handler {
	return &noting{n.Handler.WithGroup(name), n.log, n.has}
}
