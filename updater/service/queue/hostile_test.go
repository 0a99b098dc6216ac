package queue_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// childOf tells the test binary to be a process that works on a queue: it holds
// the address of the database.
const childOf = "FRESHPIN_TEST_QUEUE_CHILD"

// bomb is the repository whose passes take the process down.
const bomb = 7

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childOf); dsn != "" {
		os.Exit(child(dsn))
	}
	os.Exit(m.Run())
}

// A victim is a process that works until the bomb goes off or is parked. In its
// first life the others are under way when that happens.
type victim struct {
	worker
	first bool
	begun sync.WaitGroup
	over  chan struct{}
	mu    sync.Mutex
	until string // jobs that are still to be done before it ends: " 1 3 "
}

// did tells what is done, and ends the process when nothing is left that it waits for.
func (v *victim) did(id int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Println("did", id)
	if left := strings.Replace(v.until, fmt.Sprintf(" %d ", id), " ", 1); left != v.until {
		if v.until = left; strings.TrimSpace(left) == "" {
			close(v.over)
		}
	}
}

func (v *victim) Repository(_ context.Context, _ int64, j queue.Repository) error {
	switch {
	case j.ID == bomb:
		if v.first {
			v.begun.Wait()
		}
		fmt.Println("bomb")
		os.Exit(137) // as the kernel does when memory runs out, without a message
	case v.first:
		v.begun.Done()
		select {}
	}
	v.did(j.ID)
	return nil
}

func (v *victim) Parked(_ context.Context, _ int64, j queue.Repository, why string) error {
	fmt.Println("parked", j.ID, j.Generation, why)
	close(v.over)
	return nil
}

func child(dsn string) int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	db, err := database.Open(ctx, dsn, database.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	v := &victim{first: os.Getenv(childOf+"_FIRST") != "", until: os.Getenv(childOf + "_UNTIL"), over: make(chan struct{})}
	v.begun.Add(3)
	q, err := queue.New(ctx, queue.Backend{Pool: db.Pool(), File: db.File()}, v, queue.Options{Grace: time.Second, Waits: []time.Duration{time.Millisecond}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() { <-v.over; stop() }()
	if err := q.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// live starts such a process and returns what it said, and whether it came to its own end.
func live(t *testing.T, dsn string, first bool, until ...string) (said []string, whole bool) {
	t.Helper()
	forgetDead(t, dsn)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childOf+"="+dsn)
	if first {
		cmd.Env = append(cmd.Env, childOf+"_FIRST=1")
	}
	if len(until) > 0 {
		cmd.Env = append(cmd.Env, childOf+"_UNTIL= "+strings.Join(until, " ")+" ")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 137) {
		t.Fatalf("the process: %v", err)
	}
	return said, err == nil
}

// forgetDead lets no time pass until a process on Postgres is known to be dead.
func forgetDead(t *testing.T, dsn string) {
	t.Helper()
	if !strings.HasPrefix(dsn, "postgres") {
		return
	}
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	for _, s := range []string{"DELETE FROM freshpin_worker", "UPDATE river_job SET attempted_at = attempted_at - interval '1 minute' WHERE state = 'running'"} {
		if _, err := c.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// beside opens the queue beside the processes.
func beside(t *testing.T, dsn string) (*queue.Queue, func()) {
	t.Helper()
	db, err := database.Open(t.Context(), dsn, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.New(t.Context(), queue.Backend{Pool: db.Pool(), File: db.File()}, &worker{}, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHostileKillsProcess (F1, F2): a job that takes its process down does so
// three times, is parked with the reason, and the others are done. Another pass
// over the same repository does not begin; a retry costs one process.
func TestHostileKillsProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		q, end := beside(t, dsn)
		add(t, q, queue.Repository{ID: bomb, Generation: 1, Name: "evil/bomb"})
		for id := range int64(3) {
			add(t, q, queue.Repository{ID: id + 1, Generation: 1, Name: "acme/shop"})
		}
		end()
		var all []string
		lives := 0
		for whole := false; !whole; lives++ {
			if lives > 5 {
				t.Fatalf("after %d processes it still goes on: %q", lives, all)
			}
			var said []string
			said, whole = live(t, dsn, lives == 0)
			all = append(all, said...)
		}
		if lives != 4 {
			t.Errorf("%d processes lived until it was parked, want 3 that ended so and one that parked it: %q", lives, all)
		}
		// The last process ends as soon as the bomb is parked, whatever waits still;
		// a job may be done twice, where a process ended before that was noted.
		left := slices.DeleteFunc([]string{"1", "2", "3"}, func(id string) bool { return slices.Contains(all, "did "+id) })
		if len(left) > 0 {
			live(t, dsn, false, left...)
		}
		parks := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, "parked") })
		if len(parks) != 1 || !strings.HasPrefix(parks[0], "parked 7 1 the process ended 3 times during this job") {
			t.Errorf("parked: %q", parks)
		}

		// Without the jobs that are done again because a process ended before that was noted.
		liveOnce := func() (said []string, whole bool) {
			said, whole = live(t, dsn, false)
			return slices.DeleteFunc(said, func(s string) bool { return strings.HasPrefix(s, "did ") }), whole
		}
		q, end = beside(t, dsn)
		parked, err := q.Parked(t.Context(), 10)
		if err != nil || len(parked) != 1 || parked[0].About != "evil/bomb" || !strings.Contains(parked[0].Error, "ended 3 times") {
			t.Fatalf("parked: %+v, %v", parked, err)
		}
		add(t, q, queue.Repository{ID: bomb, Generation: 2, Name: "evil/bomb"})
		end()
		if said, whole := liveOnce(); !whole || !strings.HasPrefix(said[len(said)-1], "parked 7 2 ") || slices.Contains(said, "bomb") {
			t.Errorf("another pass: %q", said)
		}

		q, end = beside(t, dsn)
		if err := q.Retry(t.Context(), parked[0].ID); err != nil {
			t.Fatal(err)
		}
		end()
		if said, whole := liveOnce(); whole || said[len(said)-1] != "bomb" {
			t.Errorf("a retry: %q, %t", said, whole)
		}
		if said, whole := liveOnce(); !whole || !strings.HasPrefix(said[0], "parked 7 1 ") {
			t.Errorf("after the retry: %q", said)
		}
	})
}

// TestHostileCrowd (F3): whoever has many repositories does not keep those of
// others waiting: these come next.
func TestHostileCrowd(t *testing.T) {
	onBoth(t, func(t *testing.T, place queue.Backend) {
		ctx, stop := context.WithCancel(context.Background())
		w := &worker{done: make(chan string, 1000)}
		q, err := queue.New(ctx, place, w, queue.Options{Workers: 2, Grace: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for n := range int64(200) {
			add(t, q, queue.Repository{ID: 1000 + n, Generation: 1, Name: fmt.Sprintf("Evil/r%d", n)})
		}
		for owner, want := range map[string]bool{"evil": false, "EVIL": false, "acme": true} {
			if wait, err := q.OthersWait(ctx, owner); err != nil || wait != want {
				t.Errorf("others than %s wait: %t, %v", owner, wait, err)
			}
		}
		add(t, q, queue.Repository{ID: 1, Generation: 1, Name: "acme/shop"})
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		for n := 1; ; n++ {
			if w.wait(t) == "repository 1 1" {
				if n > 10 {
					t.Errorf("the repository of another owner came after %d of the crowd", n)
				}
				break
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestHostileModes (F9): no other user can read any file of the database, from
// the moment it is there, also where an older version left it readable.
func TestHostileModes(t *testing.T) {
	for _, was := range []os.FileMode{0, 0o644, 0o666, 0o604} {
		t.Run(was.String(), func(t *testing.T) {
			dsn := storetest.SQLite(t)
			jobs := filepath.Join(filepath.Dir(dsn), "freshpin-jobs.db")
			if was != 0 {
				for _, file := range []string{dsn, jobs} {
					if err := os.WriteFile(file, nil, was); err != nil {
						t.Fatal(err)
					}
					if err := os.Chmod(file, was); err != nil {
						t.Fatal(err)
					}
				}
			}
			db := storetest.Open(t, dsn, database.Options{})
			q, w := start(t, queue.Backend{File: db.File()}, nil)
			add(t, q, queue.Repository{ID: 1, Generation: 1})
			w.wait(t)
			files, err := filepath.Glob(filepath.Join(filepath.Dir(dsn), "*"))
			if err != nil || len(files) < 6 {
				t.Fatalf("%q %v", files, err)
			}
			for _, file := range files {
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s is %v %v", filepath.Base(file), info.Mode(), err)
				}
			}
		})
	}
}

// TestHostileJobsFile: a file of jobs that is damaged, or is another's, is
// refused in one sentence that names it and says what is lost without it.
func TestHostileJobsFile(t *testing.T) {
	seed := storetest.SQLite(t)
	q, end := beside(t, seed)
	for n := range int64(300) {
		add(t, q, queue.Repository{ID: n, Generation: 1, Name: "acme/shop"})
	}
	end()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(strings.TrimSuffix(seed, ".db") + "-jobs.db")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		says string // "" for one that works
	}{
		"as it was": {good, ""}, "empty": {nil, ""}, "half": {good[:len(good)/8192*4096], "damaged"}, "cut off": {good[:5000], "cut off"},
		"a header": {good[:100], "cut off"}, "text": {[]byte(strings.Repeat("no database.\n", 4096)), "no SQLite database"},
		"a page of ones": {slices.Concat(good[:4096], []byte(strings.Repeat("\xff", 4096)), good[8192:]), "damaged"},
	} {
		dsn := storetest.SQLite(t)
		file := strings.TrimSuffix(dsn, ".db") + "-jobs.db"
		if err := os.WriteFile(file, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		q, err := queue.New(t.Context(), queue.Backend{File: dsn}, &worker{}, queue.Options{})
		if c.says == "" && err == nil {
			err = q.Close()
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want %q in it", name, err, c.says)
		}
	}
}
