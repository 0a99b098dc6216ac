package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// A worker does what a test says, and tells what it was given.
type worker struct {
	do   func(what string) error
	done chan string
}

func (w *worker) work(what string) error {
	err := error(nil)
	if w.do != nil {
		err = w.do(what)
	}
	w.done <- what
	return err
}

func (w *worker) Installation(_ context.Context, _ int64, j queue.Installation) error {
	return w.work(fmt.Sprint("installation ", j.ID))
}

func (w *worker) Repository(_ context.Context, _ int64, j queue.Repository) error {
	return w.work(fmt.Sprint("repository ", j.ID, " ", j.Generation))
}

func (w *worker) Pull(_ context.Context, _ int64, j queue.Pull) error {
	return w.work(fmt.Sprint("pull ", j.Repository, " ", j.Number))
}

func (w *worker) Parked(_ context.Context, _ int64, j queue.Repository, why string) error {
	w.done <- fmt.Sprint("parked ", j.ID, " ", j.Generation, ": ", why)
	return nil
}

func (w *worker) Hook(_ context.Context, _ int64, j queue.Hook) error {
	return w.work("hook " + j.Delivery)
}

// onBoth runs a test with a place for a queue on SQLite, and on Postgres where there is one.
func onBoth(t *testing.T, test func(t *testing.T, place queue.Backend)) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := storetest.Open(t, dsn, database.Options{})
		test(t, queue.Backend{Pool: db.Pool(), File: db.File()})
	})
}

// start opens a queue and works until the test ends.
func start(t *testing.T, place queue.Backend, do func(string) error) (*queue.Queue, *worker) {
	t.Helper()
	w := &worker{do: do, done: make(chan string, 1000)}
	ctx, stop := context.WithCancel(context.Background())
	q, err := queue.New(ctx, place, w, queue.Options{Grace: time.Second, Waits: []time.Duration{10 * time.Millisecond}})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return q, w
}

// patience bounds how long a test waits for what must come.
const patience = time.Minute

func (w *worker) wait(t *testing.T) string {
	t.Helper()
	select {
	case what := <-w.done:
		return what
	case <-time.After(patience):
		t.Fatal("nothing was done")
		return ""
	}
}

func add(t *testing.T, q *queue.Queue, jobs ...queue.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := q.Add(context.Background(), j); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachGenerationOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		q, w := start(t, place, nil)
		add(t, q, queue.Repository{ID: 1, Generation: 1}, queue.Repository{ID: 1, Generation: 1, Trigger: "another"})
		if got := w.wait(t); got != "repository 1 1" {
			t.Fatal(got)
		}
		add(t, q, queue.Repository{ID: 1, Generation: 1}, queue.Repository{ID: 1, Generation: 2})
		if got := w.wait(t); got != "repository 1 2" {
			t.Errorf("a generation that is done is done again: %s", got)
		}
	})
}

func TestLaterAndFailures(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		var mu sync.Mutex
		tries := map[string]int{}
		q, w := start(t, place, func(what string) error {
			mu.Lock()
			defer mu.Unlock()
			tries[what]++
			switch n := tries[what]; {
			case what == "repository 1 1" && n == 1:
				return &queue.Later{Why: "not yet"}
			case what == "repository 2 1" && n == 1:
				return errors.New("the forge is away")
			case what == "repository 3 1" && n == 1:
				panic("a defect")
			}
			return nil
		})
		for id := range int64(3) {
			add(t, q, queue.Repository{ID: id + 1, Generation: 1})
		}
		for done := 0; done < 5; { // a panic is not told of
			w.wait(t)
			done++
		}
		mu.Lock()
		defer mu.Unlock()
		for what, n := range tries {
			if n != 2 {
				t.Errorf("%s: %d tries", what, n)
			}
		}
	})
}

func TestParked(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		ctx := context.Background()
		poisoned := true
		var mu sync.Mutex
		q, w := start(t, place, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if poisoned {
				return &queue.Permanent{Err: errors.New("no such repository\nand much more")}
			}
			return nil
		})
		add(t, q, queue.Hook{Delivery: "aaaaaaaa"})
		w.wait(t)
		var parked []queue.Row
		for end := time.Now().Add(patience); len(parked) == 0 && time.Now().Before(end); {
			var err error
			if parked, err = q.Parked(ctx, 10); err != nil {
				t.Fatal(err)
			}
		}
		if len(parked) != 1 || parked[0].Kind != "webhook" || parked[0].About != "delivery aaaaaaaa" || !strings.HasSuffix(parked[0].Error, "no such repository") {
			t.Fatalf("%+v", parked)
		}
		mu.Lock()
		poisoned = false
		mu.Unlock()
		if err := q.Retry(ctx, parked[0].ID); err != nil {
			t.Fatal(err)
		}
		w.wait(t)
		if err := q.Retry(ctx, 4711); err == nil {
			t.Error("a job that is not there is tried again")
		}
	})
}

// GitHub's own redelivery of one that was never done is taken, of one that was done is not.
func TestRedelivery(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		var mu sync.Mutex
		n := 0
		q, w := start(t, place, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 1 {
				return &queue.Permanent{Err: errors.New("given up")}
			}
			return nil
		})
		add(t, q, queue.Hook{Delivery: "bbbbbbbb"})
		w.wait(t)
		for parked := 0; parked == 0; {
			list, err := q.Parked(context.Background(), 10)
			if err != nil {
				t.Fatal(err)
			}
			parked = len(list)
		}
		add(t, q, queue.Hook{Delivery: "bbbbbbbb"})
		w.wait(t)
		add(t, q, queue.Hook{Delivery: "bbbbbbbb"}, queue.Hook{Delivery: "cccccccc"})
		if got := w.wait(t); got != "hook cccccccc" {
			t.Errorf("what was done is done again: %s", got)
		}
	})
}

// Two processes on one Postgres share the work.
func TestShared(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		if place.Pool == nil {
			t.Skip("a file of SQLite is one process's")
		}
		a, one := start(t, place, nil)
		_, two := start(t, place, nil)
		const jobs = 300
		for n := range int64(jobs) {
			add(t, a, queue.Repository{ID: n, Generation: 1})
		}
		seen := map[string]int{}
		for range jobs {
			select {
			case what := <-one.done:
				seen[what]++
			case what := <-two.done:
				seen[what]++
			case <-time.After(patience):
				t.Fatalf("%d of %d", len(seen), jobs)
			}
		}
		if len(seen) != jobs {
			t.Errorf("%d different jobs were done, %d were added", len(seen), jobs)
		}
	})
}

// TestJobs lists jobs by their state, and gives one up that waits.
// TestLostAnswer: the database gives a job to a process, and the connection breaks before
// the answer arrives. The job is marked as running in a process that does not have it.
func TestLostAnswer(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t), database.Options{})
	w := &worker{done: make(chan string, 1000)}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	q, err := queue.New(ctx, queue.Backend{Pool: db.Pool()}, w, queue.Options{Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	add(t, q, queue.Repository{ID: 1, Generation: 1}, queue.Repository{ID: 2, Generation: 1})
	const lost = "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = clock_timestamp() - interval '1 minute', attempted_by = ARRAY[$1] WHERE args->>'id' = '1'"
	if _, err := db.Pool().Exec(ctx, lost, q.ID()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	if got := w.wait(t); got != "repository 2 1" {
		t.Errorf("first %s", got)
	}
	if got := w.wait(t); got != "repository 1 1" {
		t.Errorf("then %s", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestJobs(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		q, w := start(t, place, nil)
		add(t, q, queue.Pull{Repository: 1, Number: 2, Trigger: "closed"})
		w.wait(t)
		counts, err := q.Counts(context.Background())
		if err != nil || len(counts) == 0 || counts[0].Kind != "pull" {
			t.Errorf("%+v %v", counts, err)
		}
	})
	onBoth(t, func(t *testing.T, place queue.Backend) {
		q, err := queue.New(t.Context(), place, nil, queue.Options{})
		if err != nil {
			t.Fatal(err)
		}
		add(t, q, queue.Pull{Repository: 1, Number: 2, Trigger: "closed"})
		add(t, q, queue.Pull{Repository: 1, Number: 3, Trigger: "closed"})
		waiting, err := q.Jobs(t.Context(), "available", 10)
		if err != nil || len(waiting) != 2 || waiting[0].About != "pull request 3" || waiting[0].State != "available" || waiting[0].Since.IsZero() {
			t.Fatalf("%+v %v", waiting, err)
		}
		if err := q.Cancel(t.Context(), waiting[0].ID); err != nil {
			t.Fatal(err)
		}
		for state, number := range map[string]string{"available": "pull request 2", "cancelled": "pull request 3"} {
			list, err := q.Jobs(t.Context(), state, 10)
			if err != nil || len(list) != 1 || list[0].About != number {
				t.Errorf("%s: %+v %v", state, list, err)
			}
		}
		if err := q.Cancel(t.Context(), 1<<40); err == nil {
			t.Error("a job that is not there is given up")
		}
	})
}
