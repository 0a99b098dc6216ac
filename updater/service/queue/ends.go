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

// How often a process may end during a job before the job is discarded. If many jobs
// were hit more than once, the processes are probably killed from outside, so
// blaming one job takes twice as many.
const (
	maxEnds = 3
	many    = 3
)

// subject identifies what a job is about. All jobs of a repository share it, because
// whichever of them runs crashes the process again.
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

// An end records that processes ended during jobs about a subject.
type end struct {
	times  int
	ago    time.Duration // time since the last one
	others int           // number of other subjects that were hit more than once
}

// blamed reports whether the subject causes the crashes.
func (e end) blamed() bool { return e.times >= maxEnds && (e.others < many || e.times >= 2*maxEnds) }

// alone runs a job. A job during which a process ended waits before it is retried,
// and is then the only such job that runs, so that the culprit is known. From then
// on it is counted before it begins, since a job may also be marked as running while
// it waits. After maxEnds it is discarded. Every Options.Keep it gets another
// chance, which costs one crash.
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
		// To wait here would occupy a worker.
		return &Later{time.Second, "another job during which a process ended is running"}
	}
	if err := q.rows.count(ctx, about, 1); err != nil {
		return err
	}
	q.o.Log.WarnContext(ctx, "retrying a job during which a process ended", "job", job.ID, "about", about, "times", e.times)
	// A panic does not end the process: it must not skip the accounting below.
	err = q.caught(job, work)
	// The outcome counts even if the process is asked to stop during the job.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// Canceled means that the process stops. A job that reaches its time limit has survived.
	if later := (*Later)(nil); errors.Is(ctx.Err(), context.Canceled) || errors.As(err, &later) {
		return errors.Join(err, q.rows.count(last, about, -1)) // this attempt gave no information
	}
	return errors.Join(err, q.rows.survived(last, about))
}

// An ends is the error of a job that is discarded because of crashes.
type ends struct{ times int }

// Error returns the sentence for operators.
func (e *ends) Error() string {
	return fmt.Sprintf("the process ended %d times during this job, perhaps because memory ran out; the job is not retried automatically: "+
		"an operator can retry it on the jobs page", e.times)
}

// perhaps reports a discarded pass to the Work.
func (q *Queue) perhaps(ctx context.Context, err error, tell func(context.Context, string) error) error {
	var e *ends
	if !errors.As(err, &e) {
		return err
	}
	if told := tell(ctx, e.Error()); told != nil {
		return told // retry, to report it again
	}
	return err
}

// ownerOf returns the owner of a job's repository: "acme" for "acme/shop".
func ownerOf(name string) string {
	owner, _, _ := strings.Cut(name, "/")
	return strings.ToLower(owner)
}

// OthersWait reports whether a pass over another owner's repository could begin now
// if there were a slot.
func (q *Queue) OthersWait(ctx context.Context, owner string) (bool, error) {
	return q.rows.others(ctx, strings.ToLower(owner))
}
