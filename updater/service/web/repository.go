package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	pinsPerPage = 100
	runsShown   = 20
)

// statuses are the statuses of pins in the order of display.
var statuses = []string{"update", "held", "failed", "skipped", "current"}

// A repository is the page of a repository.
type repository struct {
	store.Repository
	MayWrite bool // may request scans and tick boxes
	Trend    *trend
	Tabs     []tab
	Text     string // filter for pins
	Files    []pinFile
	Pager    pager
	Pulls    []store.Pull
	Runs     []store.Run
	Findings []store.Finding // the first findings of the checklist, without informational ones
	More     int             // number of further findings

	Trouble     []trouble
	MoreTrouble int
	OpenPulls   []pullRow
	ClosedPulls []store.Pull // the newest
	alarms      []trouble
	ends        []ended
	Badge       string // address of the badge, "" where there is none
	BadgeText   string // to be copied into a README
}

// A tab shows the pins with a status.
type tab struct {
	Status string // "" for all, "security" for those with advisories
	Count  int
	Link   string
	Now    bool
}

// A pinFile holds the pins of a file.
type pinFile struct {
	Base string // base branch, "" for the default branch
	File string
	Link string // to the file on the forge; "" if unknown
	Pins []pinRow
}

// A pinRow is a pin for display.
type pinRow struct {
	store.Pin
	InUse   string // version in use, if it differs from the written one
	Link    string // to its line on the forge
	PullURL string // of the pull request that updates it
	Ticked  bool
	MayTick bool
}

func (s *server) repository(r *http.Request, who *viewer) (*page, error) {
	repo, may, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	if err != nil {
		return nil, err
	}
	b := &repository{Repository: repo, MayWrite: may >= store.Write && s.o.Want != nil, Text: clipped(r.URL.Query().Get("q"))}
	if err := s.history(r.Context(), who, b); err != nil {
		return nil, err
	}
	if err := s.pins(r, b); err != nil {
		return nil, err
	}
	known, err := s.o.Data.Advisories.List(r.Context(), who.Viewer, repo.ID)
	if err != nil {
		return nil, err
	}
	b.troubles(s.findings(known))
	// For a private one, the badge answers "not found".
	if !repo.Private {
		b.Badge = "/badge/" + url.PathEscape(ownerOf(repo.Name)) + "/" + url.PathEscape(nameOf(repo.Name)) + ".svg"
		b.BadgeText = "[![pins](" + s.base(r) + b.Badge + ")](" + s.base(r) + repoPath(repo.Name) + ")"
	}
	return &page{Name: "repository", Title: repo.Name, Body: b}, nil
}

func ownerOf(name string) string {
	owner, _, _ := strings.Cut(name, "/")
	return owner
}

func nameOf(name string) string {
	_, repo, _ := strings.Cut(name, "/")
	return repo
}

// history adds the runs and pull requests.
func (s *server) history(ctx context.Context, who *viewer, b *repository) (err error) {
	days, err := s.o.Data.History.Days(ctx, who.Viewer, b.ID, s.since())
	if err != nil {
		return err
	}
	b.Trend = drawTrend(days)
	if b.Pulls, err = s.o.Data.Pulls.Of(ctx, b.ID); err != nil {
		return err
	}
	if b.Runs, err = s.o.Data.History.Runs(ctx, who.Viewer, b.ID, runsShown); err != nil {
		return err
	}
	return s.checklist(ctx, b)
}

// findingsShown is the most findings on a page.
const findingsShown = 100

// checklist adds the findings of the checklist.
func (s *server) checklist(ctx context.Context, b *repository) error {
	all, err := s.o.Data.Findings.Of(ctx, b.ID)
	if err != nil {
		return err
	}
	b.Findings = slices.DeleteFunc(all, func(f store.Finding) bool { return f.Information })
	rank := map[string]int{"must": 0, "should": 1, "could": 2}
	slices.SortStableFunc(b.Findings, func(x, y store.Finding) int { return rank[x.Level] - rank[y.Level] })
	if n := len(b.Findings); n > findingsShown {
		b.Findings, b.More = b.Findings[:findingsShown], n-findingsShown
	}
	return nil
}

// pins adds the requested pins.
func (s *server) pins(r *http.Request, b *repository) error {
	all, err := s.o.Data.Pins.Of(r.Context(), b.ID)
	if err != nil {
		return err
	}
	ticked, err := s.o.Data.Pins.Ticks(r.Context(), b.ID)
	if err != nil {
		return err
	}
	// What needs all pins comes first: DeleteFunc below overwrites the slice.
	b.alarms, b.ends = alarmed(all), ending(all)
	status := r.URL.Query().Get("status")
	b.Tabs = tabs(r, all, status)
	shown := slices.DeleteFunc(all, func(p store.Pin) bool { return !isOf(p, status) || !holds(p, b.Text) })
	b.Pager, shown = pageOf(r, shown, pinsPerPage)
	b.Files = b.files(shown, ticked, s.o.Forge.FileURL)
	return nil
}

// isOf reports whether a pin belongs to a tab.
func isOf(p store.Pin, status string) bool {
	if status == "security" {
		return p.Security || len(p.Advisories) > 0
	}
	// An unknown status in the address selects all pins, as no status does.
	return !slices.Contains(statuses, status) || string(p.Status) == status
}

// holds reports whether a pin matches the user's filter text.
func holds(p store.Pin, text string) bool {
	text = strings.ToLower(text)
	for _, s := range []string{p.Base, p.File, p.Name, p.Package, p.Pin, p.Current, p.ReasonCode} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

func tabs(r *http.Request, all []store.Pin, now string) []tab {
	var list []tab
	known := false
	for _, status := range slices.Concat([]string{""}, statuses, []string{"security"}) {
		t := tab{Status: status, Now: status == now, Link: tabLink(r, status)}
		for _, p := range all {
			if isOf(p, status) {
				t.Count++
			}
		}
		known = known || t.Now
		if t.Count > 0 || status == "" || t.Now {
			list = append(list, t)
		}
	}
	// isOf shows all pins for an unknown status.
	list[0].Now = list[0].Now || !known
	return list
}

func tabLink(r *http.Request, status string) string {
	q := url.Values{}
	if text := clipped(r.URL.Query().Get("q")); text != "" {
		q.Set("q", text)
	}
	if status != "" {
		q.Set("status", status)
	}
	if len(q) == 0 {
		return r.URL.Path + "#pins"
	}
	return r.URL.Path + "?" + q.Encode() + "#pins"
}

// files groups pins by file. The pins are sorted by base branch and file.
func (b *repository) files(pins []store.Pin, ticked []string, address fileURL) []pinFile {
	pulls := map[int]string{}
	for _, p := range b.Pulls {
		pulls[p.Number] = p.URL
	}
	var list []pinFile
	for _, p := range pins {
		if len(list) == 0 || list[len(list)-1].File != p.File || list[len(list)-1].Base != p.Base {
			list = append(list, pinFile{Base: p.Base, File: p.File, Link: address.of(b.Repository, p.Base, p.File, 0)})
		}
		last := &list[len(list)-1]
		last.Pins = append(last.Pins, pinRow{
			Pin: p, InUse: inUse(p), Link: address.of(b.Repository, p.Base, p.File, p.Line), PullURL: pulls[p.Pull],
			Ticked: slices.Contains(ticked, p.ID), MayTick: b.MayWrite && p.Status == "held",
		})
	}
	return list
}

// inUse returns the version in use, "" if it is the written one.
func inUse(p store.Pin) string {
	// Operators of a constraint are not part of the version: ==1.2.3 uses 1.2.3.
	if strings.TrimLeft(p.Pin, "=~^<>! ") == p.Current {
		return ""
	}
	return p.Current
}

// A fileURL is forge.Info.FileURL.
type fileURL func(root, at, file string, line int) string

// of returns the address of a line of a file on the forge, at the commit of the last
// pass; for a base branch other than the default one, at its current commit.
func (f fileURL) of(repo store.Repository, base, file string, line int) string {
	at := cmp.Or(base, repo.Commit, repo.Branch)
	root := strings.TrimRight(address(repo.URL), "/")
	if root == "" || at == "" || file == "" {
		return ""
	}
	return f(root, at, file, line)
}
