package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// How often a process may end during a job before that is parked. Where many
// jobs were hit more than once it is rather somebody who kills processes, and
// twice as much is needed to blame one of them.
const (
	maxEnds = 3
	many    = 3
)

// subject names what a job is about, over all jobs that are about the same: a
// repository that takes the process down with one pass does so with the next.
func subject(kind string, args []byte) string {
	var a struct {
		ID         int64  `json:"id"`
		Repository int64  `json:"repository"`
		Number     int    `json:"number"`
		Delivery   string `json:"delivery"`
	}
	if json.Unmarshal(args, &a) != nil {
		return ""
	}
	switch {
	case a.Delivery != "":
		return kind + " " + a.Delivery
	case a.Repository != 0:
		return fmt.Sprintf("%s %d/%d", kind, a.Repository, a.Number)
	}
	return fmt.Sprintf("%s %d", kind, a.ID)
}

// An end is what is remembered of a subject during whose jobs processes ended.
type end struct {
	times  int
	ago    time.Duration // since the last one
	others int           // other subjects that were hit more than once
}

// blamed reports whether the subject is what ends processes.
func (e end) blamed() bool { return e.times >= maxEnds && (e.others < many || e.times >= 2*maxEnds) }

// alone does a job. One during which a process ended waits before it is done
// again, and is then the only such job that is done: so it is known which of
// all those that were under way was to blame. From then on it is counted before
// it begins, since a job may also be marked as running while it waits. After
// maxEnds it is parked. Every Options.Keep it gets another chance, which costs
// one process.
func (q *Queue) alone(ctx context.Context, job *rivertype.JobRow, work func() error) error {
	about := subject(job.Kind, job.EncodedArgs)
	e, err := q.rows.ended(ctx, about)
	if err != nil {
		return err
	}
	if e.times == 0 {
		return work()
	}
	if e.blamed() && e.ago < q.o.Keep {
		return &Permanent{&ends{e.times}}
	}
	if wait := q.o.Waits[min(e.times-1, len(q.o.Waits)-1)]; e.ago < wait {
		return &Later{wait - e.ago, "a process ended during this job"}
	}
	select {
	case q.suspect <- struct{}{}:
		defer func() { <-q.suspect }()
	default:
		return &Later{time.Second, "another job during which a process ended is under way"}
	}
	if err := q.rows.count(ctx, about, 1); err != nil {
		return err
	}
	q.o.Log.WarnContext(ctx, "a job is done again during which a process ended", "job", job.ID, "about", about, "times", e.times)
	err = q.caught(job, work)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if later := (*Later)(nil); errors.Is(ctx.Err(), context.Canceled) || errors.As(err, &later) {
		return errors.Join(err, q.rows.count(last, about, -1)) // nothing is known that was not before
	}
	return errors.Join(err, q.rows.survived(last, about))
}

// An ends says why a job is parked.
type ends struct{ times int }

func (e *ends) Error() string {
	return fmt.Sprintf("the process ended %d times while this ran, as it does when memory runs out; it is not done again by itself: "+
		"an operator can retry it on the page of jobs", e.times)
}

// perhaps tells the one who does passes that a pass over a repository is parked.
func (q *Queue) perhaps(ctx context.Context, err error, tell func(context.Context, string) error) error {
	var e *ends
	if !errors.As(err, &e) {
		return err
	}
	if told := tell(ctx, e.Error()); told != nil {
		return told // it is tried again
	}
	return err
}

// ownerOf is whose repository a job is about: of "acme/shop" it is "acme".
func ownerOf(name string) string {
	owner, _, _ := strings.Cut(name, "/")
	return strings.ToLower(owner)
}

// OthersWait reports whether a pass over a repository of another owner could
// begin now, if there were room.
func (q *Queue) OthersWait(ctx context.Context, owner string) (bool, error) {
	return q.rows.others(ctx, strings.ToLower(owner))
}
