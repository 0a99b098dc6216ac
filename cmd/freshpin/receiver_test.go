package main

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A receiver keeps what it is told.
type receiver struct {
	mu    sync.Mutex
	heard strings.Builder
}

// receivers holds that of each script.
var receivers sync.Map

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.heard, "%s %s\n", req.Method, req.URL.Path)
	for _, name := range []string{"Authorization", "Freshpin-Delivery", "Freshpin-Signature"} {
		if value := req.Header.Get(name); value != "" {
			fmt.Fprintf(&r.heard, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&r.heard, "%s\n", body)
	_, _ = io.WriteString(w, "{}")
}

// startReceiver is "receiver FILE [PATH]": a server that takes whatever it is told.
// The file gets its address with the path; another file the same server.
func startReceiver(ts *testscript.TestScript, _ bool, args []string) {
	r := &receiver{}
	address := ts.Getenv("RECEIVER")
	if address == "" {
		s := httptest.NewServer(r)
		ts.Defer(s.Close)
		receivers.Store(ts, r)
		address = s.URL
		ts.Setenv("RECEIVER", address)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(address+strings.Join(args[1:], "")), 0o600))
}

// readHeard is "heard REGEXP": it waits until what was told has the text, and writes all of it to stdout.
func readHeard(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	found, ok := receivers.Load(ts)
	if !ok {
		ts.Fatalf("no receiver yet")
	}
	r := found.(*receiver)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r.mu.Lock()
		text := r.heard.String()
		r.mu.Unlock()
		if want.MatchString(text) {
			_, err = io.WriteString(ts.Stdout(), text)
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("no receiver was told %s:\n%s", args[0], r.heard.String())
}

// tellDayAgo is "dayago DATABASE": what the service sent, and the pull requests it knows, are a
// day older than they were.
func tellDayAgo(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	for _, change := range []string{"UPDATE receivers SET sent_at = sent_at - $1", "UPDATE pulls SET opened = opened - $1 WHERE opened > 0"} {
		_, err = db.Exec(change, (24 * time.Hour).Microseconds())
		ts.Check(err)
	}
}
