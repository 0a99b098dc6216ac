package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/notify"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// A told is a receiver on loopback, which is down when a test says so.
type told struct {
	*httptest.Server
	mu         sync.Mutex
	down       bool
	cut        bool // it takes what is sent, and its answer is lost
	deliveries []string
	events     []string
}

func newTold(t *testing.T) *told {
	r := &told{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		var m struct {
			Delivery string
			Events   []notify.Event
		}
		if r.down || json.NewDecoder(req.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if !slices.Contains(r.deliveries, m.Delivery) { // as docs/notifications.md tells receivers to do
			for _, e := range m.Events {
				r.events = append(r.events, e.Text)
			}
		}
		r.deliveries = append(r.deliveries, m.Delivery)
		if r.cut {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *told) is(down, cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down, r.cut = down, cut
}

func (r *told) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events, " ")
}

// Nothing is lost while a receiver is down or answers are lost, and nothing is
// doubled; another receiver is told meanwhile.
func TestTell(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := storetest.Open(t, storetest.SQLite(t), database.Options{Now: clock})
	bad, good, some := newTold(t), newTold(t), newTold(t)
	receiver := func(name string, at *told, events ...string) notify.Receiver {
		return notify.Receiver{Name: name, Kind: "webhook", URL: at.URL, Secret: "0123456789abcdef", Events: events}
	}
	s := &Service{subjects: subjectsOf(db), o: Options{
		Now: clock, Notifier: http.DefaultClient, Hide: func(s string) string { return s },
		Receivers: []notify.Receiver{receiver("bad", bad), receiver("good", good), receiver("some", some, notify.Gone)},
	}.filled()}
	add := func(text, kind string) {
		t.Helper()
		for range 2 { // the same thing is one event, however often it is noted
			if err := events.New(db).Add(t.Context(), []store.Event{{Key: text, Kind: kind, Text: text}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add("before", notify.Old)
	_ = s.tell(t.Context()) // receivers begin with what comes from now on
	bad.is(true, false)
	for n, text := range strings.Fields("one two three") {
		add(text, []string{notify.Old, notify.Gone, notify.Unwell}[n])
		if err := s.tell(t.Context()); err == nil && n == 0 {
			t.Error("it is not told that a receiver is down")
		}
		now = now.Add(time.Minute)
	}
	if bad.heard() != "" || good.heard() != "one two three" || some.heard() != "two" {
		t.Fatalf("while one is down: %q, %q, %q", bad.heard(), good.heard(), some.heard())
	}
	now = now.Add(2 * time.Hour)
	bad.is(false, true) // it takes them, and its answer is lost
	_ = s.tell(t.Context())
	add("four", notify.Old)
	bad.is(false, false)
	for range 6 {
		now = now.Add(2 * time.Hour)
		if err := s.tell(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if bad.heard() != "one two three four" || good.heard() != "one two three four" || some.heard() != "two" {
		t.Errorf("in the end: %q, %q, %q", bad.heard(), good.heard(), some.heard())
	}
	if len(bad.deliveries) < 2 || bad.deliveries[0] != bad.deliveries[1] {
		t.Errorf("what is sent again has another number: %v", bad.deliveries)
	}
}

// A digest comes once, with everything.
func TestTellDigest(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := storetest.Open(t, storetest.SQLite(t), database.Options{Now: clock})
	at := newTold(t)
	s := &Service{subjects: subjectsOf(db), o: Options{Now: clock, Notifier: http.DefaultClient, Receivers: []notify.Receiver{
		{Name: "daily", Kind: "webhook", URL: at.URL, Secret: "0123456789abcdef", Digest: true, At: 8 * time.Hour},
	}}.filled()}
	for hour := range 30 {
		if err := s.tell(t.Context()); err != nil {
			t.Fatal(err)
		}
		if hour < 3 {
			if err := events.New(db).Add(t.Context(), []store.Event{{Key: fmt.Sprint(hour), Kind: notify.Old, Text: fmt.Sprint("event-", hour)}}); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Hour)
	}
	if at.heard() != "event-0 event-1 event-2" || len(at.deliveries) != 1 {
		t.Errorf("the digest told %q in %d messages", at.heard(), len(at.deliveries))
	}
}

// What a pass finds is told once, in the transaction that keeps it; what is
// open for long once, and what is wrong with the service once a day.
func TestToldEvents(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := storetest.Open(t, storetest.SQLite(t), database.Options{Now: clock})
	if err := repositories.New(db).Put(t.Context(), []store.Repository{{Name: "acme/shop", ForgeID: 1}}); err != nil {
		t.Fatal(err)
	}
	repo, err := repositories.New(db).ByName(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	at := newTold(t)
	s := &Service{subjects: subjectsOf(db), o: Options{Now: clock, Notifier: http.DefaultClient, BaseURL: "https://freshpin.example", Receivers: []notify.Receiver{
		{Name: "pager", Kind: "webhook", URL: at.URL, Secret: "0123456789abcdef"},
	}}.filled()}
	if err := s.tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	pins := []store.Pin{
		{Dependency: record.Dependency{ID: "a", Package: "urllib3", Name: "urllib3", Current: "1.0", Ecosystem: "requirements", Advisories: []record.Advisory{{ID: "GHSA-1", Severity: "HIGH", Fixed: "2.0"}}}},
		{Dependency: record.Dependency{ID: "b", File: "Dockerfile", Line: 3, Name: "python", Pin: "9.9", Status: "failed", ReasonCode: "not-found"}},
	}
	pulls := []store.Pull{{Number: 4, State: "open", Title: "Update all", Opened: now.AddDate(0, 0, -15)}, {Number: 5, State: "open", Title: "Update one", Opened: now}}
	for n := range 3 {
		now = now.Add(time.Hour)
		p := &pass{Service: s, repo: repo, began: now}
		repo.Looked = now
		f := store.Finished{Repository: repo, Whole: true, Pins: pins, Pulls: pulls, Run: store.Run{Began: now}, Tell: p.tell(pins), TellPull: s.tellRed(repo), PullStatuses: []store.PullStatus{
			{Number: 4, Head: "a", Checks: "passed"}, {Number: 5, Head: []string{"a", "a", "b"}[n], Checks: "failed"}, {Number: 6, Head: "a", Checks: "failed"},
		}}
		if err := passes.New(db).Finish(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		s.problems.list = map[string]Problem{"GitHub": {What: "GitHub", Why: "502", Since: now.Add(-time.Hour), Last: now}}
		for _, do := range []func() error{func() error { return s.tellOld(t.Context()) }, func() error { return s.tellUnwell(t.Context()) }, func() error { return s.tell(t.Context()) }} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		pins = slices.Clone(pins)
		pins[0].Libyears++ // something changes, so that the pins are kept anew
	}
	slices.Sort(at.events)
	want := []string{
		"Dockerfile:3: python 9.9 is no longer published, or never was", "GitHub: 502",
		"pull request #4 has been open since 2026-02-17: Update all",
		"the checks of pull request #5 failed: Update one", "the checks of pull request #5 failed: Update one", // of another commit
		"urllib3 1.0 is affected by GHSA-1 (high), fixed in 2.0",
	}
	if !slices.Equal(at.events, want) {
		t.Errorf("told are\n%s", strings.Join(at.events, "\n"))
	}
}

// TestUnwellHosts: a host that wants a login, or answers wrongly, answers; only one that does not is
// trouble of the service.
func TestUnwellHosts(t *testing.T) {
	s := &Service{o: Options{Now: time.Now}.filled()}
	p := &pass{Service: s}
	var list []plan.HostFailure
	for _, code := range []string{"unreachable", "timeout", "rate-limited", "unauthorized", "bad-answer", "too-large"} {
		list = append(list, plan.HostFailure{Host: code + ".example", Code: code, Packages: 1, Error: "GET https://" + code + ".example/: no"})
	}
	p.watch(store.Finished{}, &lifecycle.Report{Plan: &plan.Plan{FailedHosts: list}}, nil)
	if got := strings.Join(slices.Sorted(maps.Keys(s.problems.list)), " "); got != "rate-limited.example timeout.example unreachable.example" {
		t.Errorf("trouble with %s", got)
	}
}
