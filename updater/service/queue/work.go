package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// maxAttempts is how often a job is tried; the last ones are hours apart.
const maxAttempts = 12

// backoff says when a job that failed is tried again.
type backoff struct{ waits []time.Duration }

// NextRetry implements river.ClientRetryPolicy. A fifth more or less keeps what
// failed together from coming again together.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	wait := b.waits[min(len(job.Errors), len(b.waits)-1)]
	return time.Now().Add(wait + time.Duration((rand.Float64()-0.5)*0.4*float64(wait)))
}

// workers hands the jobs of each kind to the one who does them.
func (q *Queue) workers(work Work) *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Installation]) error {
		return q.do(ctx, j.JobRow, func() error { return work.Installation(ctx, j.ID, j.Args) })
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Repository]) error {
		err := q.do(ctx, j.JobRow, func() error { return work.Repository(ctx, j.ID, j.Args) })
		return q.perhaps(ctx, err, func(ctx context.Context, why string) error { return work.Parked(ctx, j.ID, j.Args, why) })
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Pull]) error {
		return q.do(ctx, j.JobRow, func() error { return work.Pull(ctx, j.ID, j.Args) })
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Hook]) error {
		return q.do(ctx, j.JobRow, func() error { return work.Hook(ctx, j.ID, j.Args) })
	}))
	return w
}

// do does one job, and says to River what is to become of it.
func (q *Queue) do(ctx context.Context, job *rivertype.JobRow, work func() error) error {
	err := q.caught(job, func() error { return q.alone(ctx, job, work) })
	var later *Later
	var poison *Permanent
	switch {
	case err == nil:
		return nil
	case errors.As(err, &later):
		return river.JobSnooze(later.After)
	case errors.As(err, &poison):
		q.o.Log.WarnContext(ctx, "a job is parked: no repetition would cure it", "kind", job.Kind, "job", job.ID, "error", err)
		return river.JobCancel(err)
	}
	q.o.Log.WarnContext(ctx, "a job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
	return err
}

// caught turns a panic of a job into an error, so that it is shown in one line.
func (q *Queue) caught(job *rivertype.JobRow, work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.o.Log.Error("a job panicked", "kind", job.Kind, "job", job.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a defect: panic: %v", p)
		}
	}()
	return work()
}

// everyState is what a job is unique over that is done once for ever.
func everyState() []rivertype.JobState { return rivertype.JobStates() }

// notParked leaves out jobs that were given up: their kind may be wanted anew.
func notParked() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStateCompleted, rivertype.JobStatePending,
		rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}

// InsertOpts implements river.JobArgsWithInsertOpts.
func (Hook) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: hooks, Priority: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: notParked()}}
}

// InsertOpts implements river.JobArgsWithInsertOpts.
func (Pull) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: short, Priority: 1} }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (Installation) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: short, Priority: 2} }

// InsertOpts implements river.JobArgsWithInsertOpts: what people and registries wait for comes before the schedule.
func (r Repository) InsertOpts() river.InsertOpts {
	priority := 3
	if r.Urgent {
		priority = 2
	}
	return river.InsertOpts{Queue: works, Priority: priority, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: everyState()}}
}

// crowd is the priority of passes over repositories of an owner for whom as many
// wait already as are made at once: those of other owners come before them.
const crowd = 4

// A Job is what can be added.
type Job interface {
	river.JobArgs
	InsertOpts() river.InsertOpts
}

// Add adds a job. One that is there already is not added again: a pass by its
// repository and generation, a webhook by its delivery unless that was given up.
func (q *Queue) Add(ctx context.Context, job Job) error {
	opts := job.InsertOpts()
	if r, ok := job.(Repository); ok {
		waiting, err := q.rows.waiting(ctx, ownerOf(r.Name), opts.Priority, q.o.Workers)
		if err != nil {
			return err
		}
		if waiting >= q.o.Workers {
			opts.Priority = crowd
		}
	}
	if err := q.engine.insert(ctx, job, &opts); err != nil {
		return fmt.Errorf("add a job of kind %s: %w", job.Kind(), err)
	}
	return nil
}

// Run works on jobs until ctx ends, and then lets those under way come to an end.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.rows.beat(ctx, q.id); err != nil {
		return err
	}
	if err := errors.Join(q.rows.takeOver(ctx, 0), q.rows.sweep(ctx, 4*q.o.Keep)); err != nil {
		return err
	}
	if err := q.engine.start(ctx); err != nil {
		return err
	}
	q.watch(ctx)
	<-q.engine.stopped()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(q.rows.leave(last, q.id), q.close())
}

// The heart of a process that works on jobs.
const (
	beatEvery = 5 * time.Second
	deadAfter = 20 * time.Second
)

// watch tells the others that this process lives, and takes over the jobs of
// those that do not, until ctx ends.
func (q *Queue) watch(ctx context.Context) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := q.rows.beat(ctx, q.id)
		if err == nil {
			err = q.rows.takeOver(ctx, deadAfter)
		}
		if err != nil && ctx.Err() == nil {
			q.o.Log.Warn("the queue's database does not answer", "error", err)
		}
	}
}
