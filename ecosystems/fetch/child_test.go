package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// documents is how many different ones the processes fetch, each many times.
const documents = 20

func document(path string) string { return strings.Repeat(path, 1000) }

// child is what the other processes of TestTwoProcesses do.
func child() bool {
	url := os.Getenv("FRESHPIN_TEST_FETCH_URL")
	if url == "" {
		return false
	}
	for range 20 {
		// The bound is so tight that each evicts what the other has just written.
		c := New(Options{CacheDir: os.Getenv("FRESHPIN_TEST_FETCH_DIR"), CacheSize: 100_000, Memory: 1, Lifetime: -1})
		for i := range documents {
			path := fmt.Sprint("/", i)
			res, err := c.Get(context.Background(), Request{URL: url + path})
			if err != nil || string(res.Body) != document(path) {
				fmt.Println("wrong answer for", path, err)
			}
		}
		c.Close()
	}
	return true
}

func TestTwoProcesses(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, document(r.URL.Path))
	})
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "FRESHPIN_TEST_FETCH_URL="+url, "FRESHPIN_TEST_FETCH_DIR="+dir)
			out, err := cmd.CombinedOutput()
			if err != nil || len(bytes.TrimSpace(out)) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	for _, path := range cached(t, dir) {
		data, err := os.ReadFile(path)
		if err != nil || decode(keyOf(path), data) == nil {
			t.Errorf("%s: %v, damaged", path, err)
		}
	}
}

// keyOf returns the key of a question from the path of its file.
func keyOf(path string) string { return filepath.Base(filepath.Dir(path)) + filepath.Base(path) }
