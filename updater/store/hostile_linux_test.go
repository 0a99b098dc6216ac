package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// Variables that make the test binary a process which writes to a database
// until a file of it is as large as it may become: then it dies, or finds the
// disk full.
const (
	writerOf  = "FRESHPIN_TEST_STORE_WRITER" // the path of the database
	writerMax = "FRESHPIN_TEST_STORE_MAX"    // how large a file may become, in bytes
	writerDie = "FRESHPIN_TEST_STORE_DIE"    // "" to find the disk full; "checkpoint" to die while the log is brought into the database
	writerEnd = "FRESHPIN_TEST_STORE_END"    // the step behind which it is killed; "" for none
)

func TestMain(m *testing.M) {
	if path := os.Getenv(writerOf); path != "" {
		os.Exit(writer(path))
	}
	os.Exit(m.Run())
}

func writer(path string) int {
	largest, err := strconv.ParseUint(os.Getenv(writerMax), 10, 64)
	if err != nil {
		panic(err)
	}
	if os.Getenv(writerDie) == "" {
		signal.Ignore(syscall.SIGXFSZ)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: largest, Max: largest}); err != nil {
		panic(err)
	}
	ctx := context.Background()
	if os.Getenv(writerDie) == "checkpoint" {
		return checkpoint(ctx, path)
	}
	db, err := database.Open(ctx, path, database.Options{Now: func() time.Time { return noon }})
	if err != nil {
		fmt.Println("open:", err)
		return 3
	}
	for n, step := range steps() {
		if err := step(ctx, db); err != nil {
			fmt.Println("failed:", err)
			return 3
		}
		fmt.Println("did", n)
		if os.Getenv(writerEnd) == strconv.Itoa(n) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	os.Exit(0) // without giving anything back, as when the machine dies
	return 0
}

// checkpoint brings the log into the database.
func checkpoint(ctx context.Context, path string) int {
	raw, err := sql.Open("sqlite", "file:"+path)
	if err == nil {
		_, err = raw.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		fmt.Println("failed:", err)
		return 3
	}
	os.Exit(0)
	return 0
}

// steps are what the service does with its database; each may be done again.
func steps() (list []func(context.Context, *database.DB) error) {
	add := func(step func(context.Context, *database.DB) error) { list = append(list, step) }
	add(func(ctx context.Context, db *database.DB) error {
		return repositories.New(db).PutInstallation(ctx, store.Installation{ID: 9, Account: "o", Since: noon})
	})
	add(func(ctx context.Context, db *database.DB) error {
		return repositories.New(db).Put(ctx, []store.Repository{{Name: "o/a", ForgeID: 1, Installation: 9}, {Name: "o/b", ForgeID: 2, Installation: 9}})
	})
	for id := range int64(2) {
		id++
		for pass := range int64(3) {
			pass++
			add(func(ctx context.Context, db *database.DB) error { _, err := passes.New(db).Want(ctx, id); return err })
			add(func(ctx context.Context, db *database.DB) error {
				_, err := passes.New(db).Begin(ctx, id, pass)
				return err
			})
			add(func(ctx context.Context, db *database.DB) error {
				return remember(ctx, db, id, fmt.Sprint("memory ", pass))
			})
			add(func(ctx context.Context, db *database.DB) error {
				return lookups.New(db, 0).Save(ctx, store.Entry{Key: fmt.Sprint(id, "/", pass), Host: "h", Data: []byte(strings.Repeat("x", 3000)), Heard: noon})
			})
			add(func(ctx context.Context, db *database.DB) error { return passes.New(db).Finish(ctx, found(id, pass)) })
			add(func(ctx context.Context, db *database.DB) error { return pins.New(db).Tick(ctx, id, "pin 1", "ada") })
			add(func(ctx context.Context, db *database.DB) error {
				return pins.New(db).Untick(ctx, id, []string{"pin 1"})
			})
		}
	}
	add(func(ctx context.Context, db *database.DB) error {
		_, _, err := processes.New(db).Deliver(ctx, store.Delivery{ID: "delivery", Event: "push", Received: noon})
		return err
	})
	add(func(ctx context.Context, db *database.DB) error { return processes.New(db).Delivered(ctx, "delivery") })
	add(func(ctx context.Context, db *database.DB) error {
		return sessions.New(db).Put(ctx, store.Session{ID: "s", Login: "ada", Expires: noon.Add(time.Hour), May: map[int64]store.Access{1: store.Read, 2: store.Write}})
	})
	add(func(ctx context.Context, db *database.DB) error {
		return repositories.New(db).Remove(ctx, []string{"o/b"})
	})
	add(func(ctx context.Context, db *database.DB) error { return db.Sweep(ctx) })
	return list
}

// remember replaces a memory as the life cycle does: it reads first.
func remember(ctx context.Context, db *database.DB, id int64, text string) error {
	was, version, err := passes.New(db).Recall(ctx, id)
	if err != nil || string(was) == text {
		return err
	}
	return passes.New(db).Remember(ctx, id, []byte(text), version)
}

func found(id, pass int64) store.Finished {
	f := store.Finished{Repository: store.Repository{ID: id, State: store.Proposing, Looked: noon, Branch: "main"}, Generation: pass, Whole: true}
	for n := range 5 * pass {
		f.Pins = append(f.Pins, pin(fmt.Sprint("pin ", n), "gomod", fmt.Sprint("m/", n), fmt.Sprint("v", pass)))
	}
	f.Repository.Totals = store.Totals{Pins: len(f.Pins)}
	f.Pulls = []store.Pull{{Repository: id, Number: int(pass), State: "open", Branch: "freshpin/gomod", Changed: noon}}
	f.Run = store.Run{Repository: id, Job: 10*id + pass, Began: noon.Add(time.Duration(pass) * time.Minute), Outcome: "done", Totals: f.Repository.Totals}
	return f
}

// contents is all that a database holds, as text.
func contents(t *testing.T, path string) string {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+path)
	ok(t, err)
	defer raw.Close()
	tables := column(t, raw, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	var b strings.Builder
	for _, table := range tables {
		columns := strings.Join(column(t, raw, "SELECT 'quote(' || name || ')' FROM pragma_table_info('"+table+"')"), " || ' ' || ")
		rows := column(t, raw, "SELECT "+columns+" FROM "+table)
		slices.Sort(rows)
		fmt.Fprintf(&b, "%s\n  %s\n", table, strings.Join(rows, "\n  "))
	}
	return b.String()
}

func column(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	ok(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		ok(t, rows.Scan(&text))
		list = append(list, text)
	}
	ok(t, rows.Err())
	return list
}

// fresh makes a database with its tables and nothing else.
func fresh(t *testing.T) string {
	t.Helper()
	path := storetest.SQLite(t)
	db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
	ok(t, err)
	ok(t, db.Close())
	return path
}

// copied returns the path of a copy of a closed database, which takes less time than a fresh one.
func copied(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	path = storetest.SQLite(t)
	ok(t, os.WriteFile(path, data, 0o600))
	return path
}

// rest does the steps from the n-th on, as the next process does.
func rest(t *testing.T, path string, n int) {
	t.Helper()
	db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
	ok(t, err)
	for _, step := range steps()[n:] {
		ok(t, step(t.Context(), db))
	}
	ok(t, db.Close())
}

// TestHostileWrites kills a process at every write of the database, or lets the
// disk be full from there on: what it had been told was written is there, the
// step it was in is there as a whole or not at all, and the next process comes
// to the same end as one that nothing happened to.
func TestHostileWrites(t *testing.T) {
	seed := fresh(t)
	path := copied(t, seed)
	states := []string{contents(t, path)}
	db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
	ok(t, err)
	largest := int64(0)
	for _, step := range steps() {
		ok(t, step(t.Context(), db))
		states = append(states, contents(t, path))
		info, err := os.Stat(path + "-wal")
		ok(t, err)
		largest = max(largest, info.Size())
	}
	ok(t, db.Close())
	const page = 4096 + 24 // in the log of SQLite
	every := int64(1)
	if testing.Short() {
		every = 31
	}
	kills, full, pages := 0, 0, largest/page
	for n := int64(0); n <= pages; n += every {
		for _, die := range []string{"", "1"} {
			path := copied(t, seed)
			done, ended := disturbed(t, path, 32+n*page+page/2, die)
			if ended == "" && done != len(states)-1 {
				t.Fatalf("page %d, die %q: it ended after %d steps and said nothing", n, die, done)
			}
			if die != "" && ended != "" {
				kills++
			} else if ended != "" {
				full++
			}
			now := contents(t, path)
			if now != states[done] && (done+1 >= len(states) || now != states[done+1]) {
				t.Fatalf("page %d, die %q: after %d steps (%s) there is\n%s\nwant\n%s", n, die, done, ended, now, states[done])
			}
			rest(t, path, done)
			if now := contents(t, path); now != states[len(states)-1] {
				t.Fatalf("page %d, die %q: the next process comes to\n%s\nwant\n%s", n, die, now, states[len(states)-1])
			}
		}
	}
	t.Logf("%d pages of %d steps: killed %d times, the disk was full %d times", pages, len(states)-1, kills, full)
	if kills == 0 || full == 0 {
		t.Error("nothing was disturbed")
	}
}

// disturbed lets a process do the steps; it returns how many it was told are
// done, and how it ended, "" for by itself.
func disturbed(t *testing.T, path string, largest int64, die string) (done int, ended string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerOf+"="+path, writerMax+"="+strconv.FormatInt(largest, 10), writerDie+"="+die)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	ok(t, err)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if rest, is := strings.CutPrefix(lines.Text(), "did "); is {
			n, err := strconv.Atoi(rest)
			ok(t, err)
			done = n + 1
			continue
		}
		ended = lines.Text()
		if !strings.Contains(ended, "full") && !strings.Contains(ended, "I/O") && !strings.Contains(ended, "not to be written") && !strings.Contains(ended, "unable to open") {
			t.Errorf("with files of at most %d bytes it says %q", largest, ended)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil && ended == "" {
		ended = err.Error()
	}
	return done, ended
}

// TestHostileFiles: a file that is not ours, or is damaged, is refused in one
// sentence, or works as a whole; never half.
func TestHostileFiles(t *testing.T) {
	seed := fresh(t)
	rest(t, seed, 0)
	good, err := os.ReadFile(seed)
	ok(t, err)
	want := contents(t, seed)
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	fill := func(from, to int, with byte) func([]byte) []byte {
		return func(b []byte) []byte {
			for i := from; i < to && i < len(b); i++ {
				b[i] = with
			}
			return b
		}
	}
	type damage struct {
		name string
		do   func([]byte) []byte
		says string // "" for a file that works, new or whole
	}
	list := []damage{
		{"as it was", func(b []byte) []byte { return b }, ""},
		{"empty", cut(0), ""},
		{"one byte", cut(1), "cut off"},
		{"half a header", cut(50), "cut off"},
		{"a header", cut(100), "cut off"},
		{"one page", cut(4096), "damaged"},
		{"half a page", cut(2048), "damaged"},
		{"a part of a page", cut(2000), "cut off"},
		{"half", cut(len(good) / 2), "damaged"},
		{"half, in a page", cut(len(good)/2 + 100), "cut off"},
		{"without the last page", cut(len(good) - 4096), "damaged"},
		{"without the last byte", cut(len(good) - 1), "cut off"},
		{"another magic", fill(0, 16, 'x'), "no SQLite database"},
		{"another page size", fill(16, 18, 0xff), ""},
		{"a header of zeros", fill(0, 100, 0), "no SQLite database"},
		{"another application", fill(68, 72, 7), "another program"},
		{"a version of the schema of SQLite", fill(44, 48, 9), ""},
		{"text", func([]byte) []byte { return []byte(strings.Repeat("no database\n", 1000)) }, "no SQLite database"},
		{"zeros", func([]byte) []byte { return make([]byte, 64<<10) }, ""},
		{"garbage behind it", func(b []byte) []byte { return append(b, make([]byte, 9000)...) }, ""},
	}
	for page := 1; page < len(good)/4096; page++ {
		list = append(list, damage{fmt.Sprintf("page %d of zeros", page), fill(page*4096, page*4096+4096, 0), "?"},
			damage{fmt.Sprintf("page %d of ones", page), fill(page*4096, page*4096+4096, 0xff), "?"})
	}
	refused, whole := 0, 0
	for _, d := range list {
		path := storetest.SQLite(t)
		ok(t, os.WriteFile(path, d.do(slices.Clone(good)), 0o600))
		db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
		if err != nil {
			refused++
			text := err.Error()
			if strings.Contains(text, "\n") || len(text) > 400 || !strings.Contains(text, path) {
				t.Errorf("%s: %q", d.name, text)
			}
			if d.says != "?" && d.says != "" && !strings.Contains(text, d.says) {
				t.Errorf("%s: %q, want %q in it", d.name, text, d.says)
			}
			if !strings.Contains(text, "move it away") && !strings.Contains(text, "another path") && !strings.Contains(text, "backup") && d.says != "" {
				t.Errorf("%s: no way on in %q", d.name, text)
			}
			continue
		}
		whole++
		ok(t, db.Close())
		if now := contents(t, path); d.says != "" && now != want {
			t.Errorf("%s: it was opened, and something is missing", d.name)
		}
	}
	t.Logf("%d files: %d refused, %d opened as a whole", len(list), refused, whole)
}

// TestHostileTables: tables that are missing or strange are refused or told, and
// a newer schema is left alone.
func TestHostileTables(t *testing.T) {
	seed := fresh(t)
	rest(t, seed, 0)
	for statement, says := range map[string]string{
		"DROP TABLE pins":                                   "no such table",
		"ALTER TABLE runs RENAME TO walks":                  "no such table",
		"INSERT INTO freshpin_schema VALUES (99)":           "newer freshpin",
		"DELETE FROM freshpin_schema":                       "already exists",
		"UPDATE freshpin_schema SET version = version - 5":  "already exists",
		"UPDATE freshpin_schema SET version = version - 99": "no freshpin makes",
		"DROP TABLE freshpin_schema":                        "already exists",
		"ALTER TABLE repositories DROP COLUMN reason":       "no such column",
		"PRAGMA application_id = 7":                         "another program",
		"UPDATE repositories SET topics = '[[['":            "JSON",
		"UPDATE runs SET began = 'yesterday'":               "time is string",
	} {
		path := copied(t, seed)
		raw, err := sql.Open("sqlite", "file:"+path)
		ok(t, err)
		_, err = raw.ExecContext(t.Context(), statement)
		ok(t, err)
		ok(t, raw.Close())
		db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
		if err == nil {
			all := store.Viewer{All: true}
			_, runs := history.New(db).Runs(t.Context(), all, 0, 10)
			_, pins := pins.New(db).Of(t.Context(), 1)
			_, _, repos := repositories.New(db).List(t.Context(), all, store.Filter{Limit: 10})
			err = errors.Join(runs, pins, repos, passes.New(db).Finish(t.Context(), found(1, 9)))
			ok(t, db.Close())
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q in it", statement, err, says)
		}
	}
}

// TestHostileSpecialFiles: what is not a regular file is refused at once.
func TestHostileSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	fifo, zero, loop, folder := filepath.Join(dir, "fifo"), filepath.Join(dir, "zero"), filepath.Join(dir, "loop"), filepath.Join(dir, "folder")
	ok(t, syscall.Mkfifo(fifo, 0o600))
	ok(t, os.Symlink("/dev/zero", zero))
	ok(t, os.Symlink(loop, loop))
	ok(t, os.Mkdir(folder, 0o700))
	for path, says := range map[string]string{fifo: "no file", zero: "no file", loop: "too many levels", folder: "directory", "/dev/full": "no file", filepath.Join(folder, "a", "b.db"): "make it first"} {
		if _, err := database.Open(t.Context(), path, database.Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q in it", filepath.Base(path), err, says)
		}
	}
}

// killed lets a process do the steps and kills it behind the n-th.
func killed(t *testing.T, path string, n int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerOf+"="+path, writerMax+"=9223372036854775807", writerDie+"=1", writerEnd+"="+strconv.Itoa(n))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
		t.Fatalf("step %d: %v\n%s", n, err, out)
	}
}

// TestHostileBetween kills a process between each of its writes and the next:
// all that it did is there, and the next process comes to the same end.
func TestHostileBetween(t *testing.T) {
	seed := fresh(t)
	path := copied(t, seed)
	db, err := database.Open(t.Context(), path, database.Options{Now: func() time.Time { return noon }})
	ok(t, err)
	var states []string
	for _, step := range steps() {
		ok(t, step(t.Context(), db))
		states = append(states, contents(t, path))
	}
	ok(t, db.Close())
	every := 1
	if testing.Short() {
		every = 7
	}
	for n := 0; n < len(states); n += every {
		path := copied(t, seed)
		killed(t, path, n)
		if now := contents(t, path); now != states[n] {
			t.Fatalf("killed behind step %d there is\n%s\nwant\n%s", n, now, states[n])
		}
		rest(t, path, n+1)
		if now := contents(t, path); now != states[len(states)-1] {
			t.Fatalf("killed behind step %d the next process comes to\n%s\nwant\n%s", n, now, states[len(states)-1])
		}
	}
	t.Logf("killed %d times", (len(states)+every-1)/every)
}

// TestHostileCheckpoint kills a process, or lets the disk be full, at every page
// by which the database grows when the log is brought into it.
func TestHostileCheckpoint(t *testing.T) {
	path := fresh(t)
	killed(t, path, len(steps())-1) // the log stays
	whole := map[string][]byte{}
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		ok(t, err)
		whole[end] = data
	}
	want := contents(t, path)
	kills := 0
	for pages := int64(len(whole[""]) / 4096); ; pages++ {
		path := storetest.SQLite(t)
		for end, data := range whole {
			ok(t, os.WriteFile(path+end, data, 0o600))
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerOf+"="+path, writerMax+"="+strconv.FormatInt(pages*4096+2048, 10), writerDie+"=checkpoint")
		out, err := cmd.CombinedOutput()
		if now := contents(t, path); now != want {
			t.Fatalf("killed at page %d (%v, %s) there is\n%s\nwant\n%s", pages, err, out, now, want)
		}
		rest(t, path, len(steps()))
		if now := contents(t, path); now != want {
			t.Fatalf("killed at page %d the next process makes of it\n%s\nwant\n%s", pages, now, want)
		}
		if err == nil {
			break
		}
		kills++
	}
	t.Logf("killed at %d pages", kills)
	if kills < 5 {
		t.Errorf("killed %d times only", kills)
	}
}
