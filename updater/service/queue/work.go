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

// maxAttempts is how often a job is tried; the last attempts are hours apart.
const maxAttempts = 12

// backoff returns when a failed job is retried.
type backoff struct{ waits []time.Duration }

// NextRetry implements river.ClientRetryPolicy. A random fifth keeps jobs that
// failed together from being retried together.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	wait := b.waits[min(len(job.Errors), len(b.waits)-1)]
	return time.Now().Add(wait + time.Duration((rand.Float64()-0.5)*0.4*float64(wait)))
}

// workers registers a worker for each kind of job.
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

// do runs one job, and converts its error for River.
func (q *Queue) do(ctx context.Context, job *rivertype.JobRow, work func() error) error {
	q.underway.begin(job.ID)
	defer q.underway.end(job.ID)
	err := q.caught(job, func() error { return q.alone(ctx, job, work) })
	var later *Later
	var poison *Permanent
	switch {
	case err == nil:
		return nil
	case errors.As(err, &later):
		return river.JobSnooze(later.After)
	case errors.As(err, &poison):
		q.o.Log.WarnContext(ctx, "a job is discarded: a retry cannot help", "kind", job.Kind, "job", job.ID, "error", err)
		return river.JobCancel(err)
	}
	q.o.Log.WarnContext(ctx, "a job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
	return err
}

// caught turns a panic of a job into an error, to log it in one line.
func (q *Queue) caught(job *rivertype.JobRow, work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.o.Log.Error("a job panicked", "kind", job.Kind, "job", job.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: panic: %v", p)
		}
	}()
	return work()
}

// everyState makes a job unique forever.
func everyState() []rivertype.JobState { return rivertype.JobStates() }

// notParked excludes discarded jobs, whose kind may be requested again.
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

// InsertOpts implements river.JobArgsWithInsertOpts: requests by people and registries come before the
// schedule.
func (r Repository) InsertOpts() river.InsertOpts {
	priority := 3
	if r.Urgent {
		priority = 2
	}
	return river.InsertOpts{Queue: works, Priority: priority, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: everyState()}}
}

// crowd lowers the priority of passes of an owner who has as many waiting passes as
// run concurrently, so that those of other owners come first.
const crowd = 4

// A Job is a job that can be added.
type Job interface {
	river.JobArgs
	InsertOpts() river.InsertOpts
}

// Add adds a job unless it exists: a pass with the same repository and generation,
// or a webhook with the same delivery that was not discarded.
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

// Run works on jobs until ctx ends, then waits for the running ones.
func (q *Queue) Run(ctx context.Context) error {
	// Without a heartbeat, other processes would take over the first jobs of this one.
	if err := q.rows.beat(ctx, q.id); err != nil {
		return err
	}
	// Before any job begins: what was under way when a process ended must be recorded first.
	if err := errors.Join(q.rows.takeOver(ctx, 0), q.rows.sweep(ctx, 4*q.o.Keep)); err != nil {
		return err
	}
	if err := q.engine.start(ctx); err != nil {
		return err
	}
	q.watch(ctx)
	// ctx has ended. The heartbeat is removed only now, since other processes take over the jobs of one without.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(q.rows.leave(last, q.id), q.close())
}

// The heartbeat of a process.
const (
	beatEvery = 5 * time.Second
	deadAfter = 20 * time.Second
)

// watch sends heartbeats and returns lost jobs to the queue, until River has stopped.
func (q *Queue) watch(ctx context.Context) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		select {
		case <-q.engine.stopped():
			return
		case <-t.C:
		}
		if err := q.tend(ctx); err != nil && ctx.Err() == nil {
			q.o.Log.Warn("the queue's database does not answer", "error", err)
		}
	}
}

// tend sends a heartbeat, takes over the jobs of silent processes, and returns those to
// the queue that the database gave to this process while it went away.
func (q *Queue) tend(ctx context.Context) error {
	// Also after ctx has ended: jobs run on for Options.Grace, and without heartbeats
	// another process would take them over.
	beating, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatEvery)
	defer cancel()
	if err := q.rows.beat(beating, q.id); err != nil || ctx.Err() != nil {
		return err
	}
	if err := q.rows.takeOver(ctx, deadAfter); err != nil {
		return err
	}
	return q.rows.refetch(ctx, q.id, q.underway.ids())
}
