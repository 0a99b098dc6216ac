package web

import (
	"net/url"
	"slices"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	troublesShown = 12
	closedShown   = 20
)

// A trouble is one problem of a repository.
type trouble struct {
	Icon     string
	Severity string // of an advisory; "" for other problems
	What     string
	Link     string // "" for none
	Out      bool   // Link leads to another site
	Why      string
}

// An ended is a release line that gets no more fixes, or soon will not.
type ended struct {
	name, ecosystem, pkg, text string
	over                       bool
}

// ending returns the release lines that end, each once, ended ones first.
func ending(pins []store.Pin) (list []ended) {
	for _, p := range pins {
		for _, n := range p.Notes {
			e := ended{p.Name, p.Ecosystem, p.Package, n.Text, n.Code == "end-of-life"}
			if (e.over || n.Code == "end-of-life-soon") && !slices.ContainsFunc(list, func(o ended) bool { return o.pkg == e.pkg && o.text == e.text }) {
				list = append(list, e)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b ended) int {
		switch {
		case a.over == b.over:
			return 0
		case a.over:
			return -1
		}
		return 1
	})
	return list
}

// troubles adds the problems, the most severe first, and separates the pull requests.
func (b *repository) troubles(list []finding) {
	all := slices.Concat(b.alarms, vulnerabilities(list, b.Name), b.partPulls(), b.failures(), b.endings())
	b.Trouble = all[:min(len(all), troublesShown)]
	b.MoreTrouble = len(all) - len(b.Trouble)
}

// alarmed returns the problems for pins whose published content has changed.
func alarmed(pins []store.Pin) (out []trouble) {
	for _, p := range pins {
		if p.Alarm != "" {
			out = append(out, trouble{Icon: "alert", What: p.Name + " in " + p.File, Link: alarmLink(p), Why: p.Alarm})
		}
	}
	return out
}

// alarmLink returns the address of a pin on the page of its repository.
func alarmLink(p store.Pin) string {
	return repoPath(p.Repo) + "?q=" + url.QueryEscape(p.Name) + "#pins"
}

func vulnerabilities(list []finding, repo string) (out []trouble) {
	for _, f := range list {
		if f.Dismissed {
			continue
		}
		t := trouble{Icon: "security", Severity: f.Severity, What: f.Package, Link: repoPath(repo) + "?status=security#pins", Why: f.Advisory + ", no fix yet"}
		if f.Fixed != "" {
			t.Why = f.Advisory + ", fixed in " + f.Fixed
		}
		// Where is never empty: findings creates a finding for the first affected repository.
		if pull := f.Where[0].Pull; pull != 0 {
			t.Why += ", pull request #" + itoa(pull) + " is open"
		}
		out = append(out, t)
	}
	return out
}

// partPulls separates open pull requests from closed ones, and returns the problems of open ones.
func (b *repository) partPulls() (out []trouble) {
	for _, p := range b.Pulls {
		if p.State != "open" {
			if len(b.ClosedPulls) < closedShown {
				b.ClosedPulls = append(b.ClosedPulls, p)
			}
			continue
		}
		row := pullRow{p, waitsFor(p)}
		b.OpenPulls = append(b.OpenPulls, row)
		if slices.Contains([]string{"fix", "changes", "owner", "rebuild"}, row.WaitsFor) {
			out = append(out, trouble{Icon: "pull", What: "#" + itoa(p.Number) + " " + p.Title, Link: address(p.URL), Out: true, Why: "waits for " + waitWord(row.WaitsFor)})
		}
	}
	return out
}

func (b *repository) failures() []trouble {
	if b.Totals.Failed == 0 {
		return nil
	}
	return []trouble{{
		Icon: "failed", What: plural(b.Totals.Failed, "pin", "pins") + " could not be looked up",
		Link: repoPath(b.Name) + "?status=failed#pins", Why: "their newer versions are unknown",
	}}
}

func (b *repository) endings() (out []trouble) {
	for _, e := range b.ends {
		out = append(out, trouble{Icon: "alert", What: e.name, Link: packagePath(e.ecosystem, e.pkg), Why: e.text})
	}
	return out
}
