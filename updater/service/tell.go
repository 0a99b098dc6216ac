package service

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/service/notify"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/events"
)

const (
	unwellLong = 5 * time.Minute // duration after which a problem of the service is reported
	tellEvery  = 20 * time.Second
	mostTurns  = 10              // most batches sent to a receiver in a row
	tellLease  = 2 * time.Minute // longer than one attempt may take
	notThere   = "not-found"     // the reason code of unpublished versions; see ecosystems/fetch
	mostTold   = 50              // most findings of one pass that get an event of their own
)

// An outbox adapts the store to notify.Queue.
type outbox struct{ events events.Store }

// Begin implements notify.Queue.
func (q outbox) Begin(ctx context.Context, receiver string, wants func(string) bool, n int) (notify.Batch, error) {
	b, err := q.events.BeginBatch(ctx, receiver, wants, n)
	out := notify.Batch{First: b.First, Last: b.Last, Tries: b.Tries, Again: b.Again, Sent: b.Sent}
	for _, e := range b.Events {
		out.Events = append(out.Events, notify.Event{ID: e.ID, Kind: e.Kind, At: e.At, Repository: e.Repo, Text: e.Text, URL: e.URL})
	}
	return out, err
}

// Hold implements notify.Queue.
func (q outbox) Hold(ctx context.Context, receiver string, b notify.Batch) error {
	return q.events.HoldBatch(ctx, receiver, store.Batch{Last: b.Last})
}

// Sent implements notify.Queue.
func (q outbox) Sent(ctx context.Context, receiver string, b notify.Batch) error {
	return q.events.EndBatch(ctx, receiver, store.Batch{Last: b.Last})
}

// Failed implements notify.Queue.
func (q outbox) Failed(ctx context.Context, receiver string, b notify.Batch, again time.Time) error {
	return q.events.RetryBatch(ctx, receiver, store.Batch{Last: b.Last, Tries: b.Tries}, again)
}

// enlist registers new receivers at the start, because a receiver gets only later
// events, and those of the first pass of a new service must be among them.
func (s *Service) enlist(ctx context.Context) error {
	var all error
	for _, r := range s.o.Receivers {
		_, err := s.events.BeginBatch(ctx, r.Name, r.Wants, 1)
		all = errors.Join(all, err)
	}
	return all
}

// tell sends the pending events to each receiver. A receiver that is down delays the others by one attempt at most.
func (s *Service) tell(ctx context.Context) error {
	var all error
	for _, r := range s.o.Receivers {
		all = errors.Join(all, s.tellOne(ctx, r))
	}
	return all
}

func (s *Service) tellOne(ctx context.Context, r notify.Receiver) (err error) {
	name := "notify/" + r.Name
	err = s.processes.Lease(ctx, name, tellLease)
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	// A process that is restarted has another name, and would wait for its own lease.
	defer func() { err = errors.Join(err, s.processes.Release(context.WithoutCancel(ctx), name)) }()
	for range mostTurns {
		sent, err := notify.Turn(ctx, outbox{s.events}, s.o.Notifier, r, s.o.Now())
		if err != nil || !sent {
			return err
		}
		if err := s.processes.Lease(ctx, name, tellLease); err != nil { // renew the lease for the next batch
			return err
		}
	}
	return nil
}

// pageOf returns the URL of a page; "" if base_url is not set.
func (s *Service) pageOf(path string) string {
	if s.o.BaseURL == "" {
		return ""
	}
	return strings.TrimRight(s.o.BaseURL, "/") + path
}

func (s *Service) repositoryPage(name string) string {
	owner, repo, _ := strings.Cut(name, "/")
	return s.pageOf("/r/" + url.PathEscape(owner) + "/" + url.PathEscape(repo))
}

// tell returns a function for the events of a pass: new vulnerabilities, and pins whose version is gone.
func (p *pass) tell(pins []store.Pin) func([]store.Affected) []store.Event {
	if len(p.o.Receivers) == 0 {
		return nil
	}
	return func(fresh []store.Affected) []store.Event {
		link := p.repositoryPage(p.repo.Name)
		var list []store.Event
		for n, a := range fresh {
			if n == mostTold {
				list = append(list, p.event(notify.Vulnerable, fmt.Sprint("more/", p.began.UnixMicro()), fmt.Sprintf("%d more advisories affect this repository", len(fresh)-n), link))
				break
			}
			list = append(list, p.event(notify.Vulnerable, fmt.Sprint(a.Ecosystem, "/", a.Package, "/", a.Advisory, "/", p.began.UnixMicro()), vulnerableText(a), link))
		}
		for _, pin := range pins {
			if pin.Status == "failed" && pin.ReasonCode == notThere {
				text := fmt.Sprintf("%s:%d: %s %s is no longer published, or never was", pin.File, pin.Line, pin.Name, pin.Pin)
				list = append(list, p.event(notify.Gone, pin.ID+"/"+pin.Pin, text, link))
			}
		}
		return list
	}
}

func (p *pass) event(kind, key, text, link string) store.Event {
	return store.Event{
		Key: fmt.Sprintf("%s/%d/%s", kind, p.repo.ID, key), Kind: kind, Repository: p.repo.ID, Text: p.o.Hide(text), URL: link,
	}
}

func vulnerableText(a store.Affected) string {
	severity := ""
	if a.Severity != "" {
		severity = " (" + strings.ToLower(a.Severity) + ")"
	}
	fixed := "no fix yet"
	if a.Fixed != "" {
		fixed = "fixed in " + a.Fixed
	}
	return fmt.Sprintf("%s %s is affected by %s%s, %s", a.Package, strings.Join(a.Versions, ", "), a.Advisory, severity, fixed)
}

// tellRed returns a function for the event that the checks of a pull request failed, once for each commit of its branch.
func (s *Service) tellRed(repo store.Repository) func(store.Pull, store.PullStatus) []store.Event {
	if len(s.o.Receivers) == 0 {
		return nil
	}
	return func(p store.Pull, now store.PullStatus) []store.Event {
		if now.Checks != forge.ChecksFailed {
			return nil
		}
		return []store.Event{{
			Key: fmt.Sprintf("%s/%d/%d/%s", notify.Red, repo.ID, p.Number, now.Head), Kind: notify.Red, Repository: repo.ID,
			Text: s.o.Hide(fmt.Sprintf("the checks of pull request #%d failed: %s", p.Number, p.Title)), URL: p.URL,
		}}
	}
}

// tellOld records events for pull requests that have been open for too long, each once.
func (s *Service) tellOld(ctx context.Context) error {
	pulls, err := s.pulls.Open(ctx, store.Viewer{All: true})
	if err != nil {
		return err
	}
	var list []store.Event
	for _, p := range pulls {
		if p.Opened.IsZero() || s.o.Now().Sub(p.Opened) < s.o.OldAfter {
			continue
		}
		list = append(list, store.Event{
			Key: fmt.Sprintf("%s/%d/%d", notify.Old, p.Repository, p.Number), Kind: notify.Old, Repository: p.Repository,
			Text: fmt.Sprintf("pull request #%d has been open since %s: %s", p.Number, p.Opened.Format(time.DateOnly), p.Title), URL: p.URL,
		})
	}
	return s.events.Add(ctx, list)
}

// tellUnwell records lasting problems of the service, each once a day.
func (s *Service) tellUnwell(ctx context.Context) error {
	now := s.o.Now()
	var list []store.Event
	for _, p := range s.Problems(ctx) {
		if now.Sub(p.Since) < unwellLong {
			continue
		}
		list = append(list, store.Event{
			Key: fmt.Sprintf("%s/%s/%s", notify.Unwell, p.What, now.UTC().Format(time.DateOnly)), Kind: notify.Unwell,
			Text: p.What + ": " + p.Why, URL: s.pageOf("/"),
		})
	}
	return s.events.Add(ctx, list)
}
