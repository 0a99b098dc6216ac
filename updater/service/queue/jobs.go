package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// A Row is a job for display.
type Row struct {
	ID       int64
	Kind     string
	State    string // as in Count
	About    string // "acme/shop", "installation 42"
	Error    string // first line of the last error, shortened; "" for none
	Attempts int
	Since    time.Time // when it ended; when it began, if it runs; when it may begin, if it waits
}

// Parked returns the discarded jobs, the newest first. They failed too often or with
// a permanent error, and wait for a person.
func (q *Queue) Parked(ctx context.Context, n int) ([]Row, error) {
	return q.list(ctx, n, rivertype.JobStateDiscarded, rivertype.JobStateCancelled)
}

// Jobs returns the jobs in one state of Count, the newest first, at most n.
func (q *Queue) Jobs(ctx context.Context, state string, n int) ([]Row, error) {
	return q.list(ctx, n, rivertype.JobState(state))
}

func (q *Queue) list(ctx context.Context, n int, states ...rivertype.JobState) ([]Row, error) {
	rows, err := q.engine.list(ctx, river.NewJobListParams().
		States(states...).
		// First panics for less than 1 and for more than 10,000.
		OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(min(max(n, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	list := make([]Row, 0, len(rows))
	for _, r := range rows {
		list = append(list, seen(r))
	}
	return list, nil
}

func seen(r *rivertype.JobRow) Row {
	p := Row{ID: r.ID, Kind: r.Kind, State: string(r.State), Attempts: r.Attempt, About: about(r), Since: r.ScheduledAt}
	switch {
	case r.FinalizedAt != nil:
		p.Since = *r.FinalizedAt
	case r.State == rivertype.JobStateRunning && r.AttemptedAt != nil:
		p.Since = *r.AttemptedAt
	}
	if n := len(r.Errors); n > 0 {
		p.Error = firstLine(r.Errors[n-1].Error)
	}
	return p
}

// about names the subject of a job.
func about(r *rivertype.JobRow) string {
	var args struct {
		ID         int64  `json:"id"`
		Name       string `json:"name"`
		Repository int64  `json:"repository"`
		Number     int    `json:"number"`
		Delivery   string `json:"delivery"`
	}
	if json.Unmarshal(r.EncodedArgs, &args) != nil {
		return ""
	}
	switch {
	case args.Name != "":
		return args.Name
	case args.Delivery != "":
		return "delivery " + args.Delivery
	case args.Number != 0:
		return fmt.Sprintf("pull request %d", args.Number)
	}
	return fmt.Sprintf("%s %d", r.Kind, args.ID)
}

// maxError limits the displayed error, in bytes.
const maxError = 500

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > maxError {
		// The cut may be inside a character.
		line = strings.ToValidUTF8(line[:maxError], "") + "…"
	}
	return line
}

// Retry retries a discarded job at once. One during which processes ended gets one
// more chance.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	// One below the limit: the next crash discards it again.
	if err := q.rows.forgive(ctx, id, maxEnds-1); err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	// Only now, since a worker may take the job at once.
	if err := q.engine.retry(ctx, id); err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	return nil
}

// Cancel cancels an unfinished job. A running one is asked to end.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	if err := q.engine.cancel(ctx, id); err != nil {
		return fmt.Errorf("cancel job %d: %w", id, err)
	}
	return nil
}

// Counts returns the number of jobs of each kind and state.
func (q *Queue) Counts(ctx context.Context) ([]Count, error) { return q.rows.counts(ctx) }
