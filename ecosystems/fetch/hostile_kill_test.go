//go:build unix

package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The variables of a process that kills itself: the cache, the server, and the step.
const victimFolder, victimServer, victimStep = "FRESHPIN_TEST_CACHE", "FRESHPIN_TEST_SERVER", "FRESHPIN_TEST_STEP"

// victimSize is what the cache of the victim holds at most: the last answers push the first ones out.
const victimSize = 20_000

// ask asks for what stands in the cache, what has to be asked again, and what is new.
func ask(t *testing.T, c *Client, url string) (failed error) {
	for n := range 8 {
		path := fmt.Sprint("/", n)
		res, err := c.Get(t.Context(), Request{URL: url + path, Forever: n%2 == 0})
		if err != nil {
			return err
		}
		if string(res.Body) != answerOf(path) {
			failed = fmt.Errorf("%s is answered with %d bytes, %.40q", path, len(res.Body), res.Body)
		}
	}
	return failed
}

// answerOf is what the server says: 3 kB, each another.
func answerOf(path string) string { return strings.Repeat("answer of "+path+"\n", 250) }

// steps counts the changes to the disk of a client, and does something before the n-th.
func steps(c *Client, n int, do func() error) (count *int) {
	count = new(int)
	c.store.(*disk).folder.step = func(string) error {
		if *count++; *count == n {
			return do()
		}
		return nil
	}
	return count
}

// TestHostileCacheVictim is not a test: it is the process that TestHostileCacheKill starts.
func TestHostileCacheVictim(t *testing.T) {
	dir := os.Getenv(victimFolder)
	if dir == "" {
		t.Skip("only for TestHostileCacheKill")
	}
	at, _ := strconv.Atoi(os.Getenv(victimStep))
	c := client(t, Options{CacheDir: dir, CacheSize: victimSize, Lifetime: -1})
	count := steps(c, at, func() error {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	})
	if err := ask(t, c, os.Getenv(victimServer)); err != nil {
		t.Fatal(err)
	}
	fmt.Println("steps", *count)
}

// used makes a cache that has been in use: entries of both kinds, of which some are stale, and something left behind.
func used(t *testing.T, url string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	c := client(t, Options{CacheDir: dir, CacheSize: victimSize})
	for n := range 3 {
		if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/", n), Forever: n%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	backdate(t, dir, 48*time.Hour)
	left := filepath.Join(dir, "http", "00")
	if err := errors.Join(os.MkdirAll(left, 0o700), os.WriteFile(filepath.Join(left, "tmp-1"), []byte("freshpin-cache"), 0o600)); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * leftBehind)
	if err := os.Chtimes(filepath.Join(left, "tmp-1"), old, old); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sound checks that the next run gets every answer right, and that what was
// left behind goes when it is old enough.
func sound(t *testing.T, dir, url, when string) {
	t.Helper()
	for range 2 {
		if err := ask(t, client(t, Options{CacheDir: dir, CacheSize: victimSize, Lifetime: -1}), url); err != nil {
			t.Errorf("%s: the next run: %v", when, err)
		}
	}
	old := time.Now().Add(-2 * leftBehind)
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if strings.HasPrefix(d.Name(), "tmp-") {
			return errors.Join(err, os.Chtimes(path, old, old))
		}
		return err
	})
	c := client(t, Options{CacheDir: dir, CacheSize: victimSize, Lifetime: -1})
	if _, err := c.Get(t.Context(), Request{URL: url + "/new"}); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	for _, path := range cached(t, dir) {
		data, err := os.ReadFile(path)
		if key := filepath.Base(filepath.Dir(path)) + filepath.Base(path); err != nil || decode(key, data) == nil {
			t.Errorf("%s: %s stays, and is no entry: %v", when, filepath.Base(path), err)
		}
	}
}

// TestHostileCacheKill kills the process before each of its changes to the cache on disk.
func TestHostileCacheKill(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, answerOf(r.URL.Path)) })
	for step := 1; ; step++ {
		dir := used(t, url)
		cmd := exec.Command(os.Args[0], "-test.run=^TestHostileCacheVictim$", "-test.v")
		cmd.Env = append(os.Environ(), victimFolder+"="+dir, victimServer+"="+url, victimStep+"="+strconv.Itoa(step))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
		sound(t, dir, url, fmt.Sprint("killed before step ", step))
		if err == nil {
			if step < 30 {
				t.Errorf("only %d steps", step-1)
			}
			t.Logf("%d kills", step-1)
			return
		}
	}
}

// TestHostileCacheDisk: the disk is full at each change, once or from then on.
// The run that meets it gets every answer, and the next one too.
func TestHostileCacheDisk(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, answerOf(r.URL.Path)) })
	faults := 0
	for _, always := range []bool{false, true} {
		for step := 1; ; step++ {
			dir := used(t, url)
			c := client(t, Options{CacheDir: dir, CacheSize: victimSize, Lifetime: -1})
			n := 0
			c.store.(*disk).folder.step = func(string) error {
				if n++; n == step || always && n > step {
					return syscall.ENOSPC
				}
				return nil
			}
			if err := ask(t, c, url); err != nil {
				t.Errorf("full at step %d, always %v: %v", step, always, err)
			}
			if n < step {
				break
			}
			faults++
			sound(t, dir, url, fmt.Sprintf("full at step %d, always %v", step, always))
		}
	}
	t.Logf("%d times full", faults)
	if faults < 40 {
		t.Errorf("only %d faults", faults)
	}
}

// TestHostileCacheTorn cuts an entry off at every length, as a machine that dies
// before its disk has the content does, and puts zeros where it was.
func TestHostileCacheTorn(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "answer of ", r.URL.Path) })
	dir := t.TempDir()
	if _, err := client(t, Options{CacheDir: dir}).Get(t.Context(), Request{URL: url + "/a", Forever: true}); err != nil {
		t.Fatal(err)
	}
	path := cached(t, dir)[0]
	whole := must(os.ReadFile(path))
	for n := range whole {
		for _, data := range [][]byte{whole[:n], append(append([]byte{}, whole[:n]...), make([]byte, len(whole)-n)...)} {
			must(0, os.WriteFile(path, data, 0o600))
			res, err := client(t, Options{CacheDir: dir}).Get(t.Context(), Request{URL: url + "/a", Forever: true})
			if err != nil || string(res.Body) != "answer of /a" {
				t.Fatalf("cut at %d: %v", n, err)
			}
		}
	}
	t.Logf("%d torn files", 2*len(whole))
}
