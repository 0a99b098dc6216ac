package outdated

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A comparison sorts another bot's open pull requests and this plan into what both
// propose and what only one of them proposes.
type comparison struct {
	Schema     int       `json:"schema"`
	Repository string    `json:"repository"` // "acme/shop"
	Bot        string    `json:"bot"`        // renovate or dependabot
	Pulls      int       `json:"pull_requests"`
	Same       []matched `json:"same"`
	Ours       []matched `json:"ours"`
	Theirs     []matched `json:"theirs"`
	Failed     []matched `json:"failed"` // pins that could not be looked up: what we would propose is not known
}

// A matched is one dependency of a comparison.
type matched struct {
	File   string `json:"file"` // "" if the other bot does not name a file
	Line   int    `json:"line"`
	Name   string `json:"name"`
	From   string `json:"from"`
	To     string `json:"to"`
	Number int    `json:"number"` // of the other bot's pull request; 0 for none
	URL    string `json:"url"`
	Reason string `json:"reason"` // why only one bot proposes it; "" if both do
}

// checkAgainst finds what --against cannot mean before anything is asked.
func (o *command) checkAgainst(ctx context.Context, args []string) (repo string, err error) {
	if !slices.Contains(otherbots.Names(), o.against) {
		return "", console.Usagef("--against %q is not %s", o.against, strings.Join(otherbots.Names(), " or "))
	}
	if o.format != "table" && o.format != "json" || len(o.outputs) > 0 {
		return "", console.Usagef("--against prints only a table or JSON, and writes no other files")
	}
	remote := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return !wiring.IsRemote(a) })
	if len(args) > 1 {
		return "", console.Usagef("--against compares one repository at a time")
	}
	s, err := wiring.Read(o.Env, &o.lookup)
	if err != nil {
		return "", err
	}
	word := cmp.Or(strings.Join(remote, ""), s.Forge.Here)
	if word == "" {
		repo, err := s.Origin(ctx, append(args, ".")[0])
		if err != nil {
			return "", &console.UsageError{Err: fmt.Errorf("--against needs to know whose pull requests to read: %w", err), Hint: "freshpin outdated --against " + o.against + " " + s.Forge.Name + ":OWNER/REPO"}
		}
		return repo, nil
	}
	return s.Repository(word)
}

// compare reads the other bot's open pull requests and prints how they compare with the plan.
func (o *command) compare(ctx context.Context, found *plan.Plan, repo string) error {
	s, err := wiring.Read(o.Env, &o.lookup)
	if err != nil {
		return err
	}
	hub, err := s.Forge.Open(nil, nil)
	if err != nil {
		return err
	}
	list, err := hub.PullRequests(ctx, repo, []int{})
	if err != nil {
		return err
	}
	theirs := slices.DeleteFunc(otherbots.All(list), func(p otherbots.Proposal) bool { return p.Bot != o.against })
	c := compared(found, theirs)
	c.Schema, c.Repository, c.Bot, c.Pulls = 1, repo, o.against, len(theirs)
	if o.format == "json" {
		return sanitize.JSON(o.Stdout, c)
	}
	o.printComparison(c)
	return nil
}

// compared matches the moves of pull requests with the updates of a plan.
func compared(found *plan.Plan, theirs []otherbots.Proposal) comparison {
	c := comparison{Same: []matched{}, Ours: []matched{}, Theirs: []matched{}, Failed: []matched{}}
	same := map[string]bool{} // items
	for _, p := range theirs {
		for _, m := range p.Moves {
			row, i := theirMove(found, p, m)
			if i != nil && row.Reason == "" {
				same[i.ID] = true
				c.Same = append(c.Same, row)
				continue
			}
			c.Theirs = append(c.Theirs, row)
		}
	}
	for n := range found.Items {
		i := &found.Items[n]
		if i.Status == plan.Failed {
			c.Failed = append(c.Failed, matched{File: i.File, Line: i.Line, Name: i.Dependency.Name, From: i.From(), Reason: i.Reason.Text})
		}
		if i.Status != plan.Update || same[i.ID] {
			continue
		}
		c.Ours = append(c.Ours, matched{File: i.File, Line: i.Line, Name: i.Dependency.Name, From: i.From(), To: i.To(), Reason: i.Band})
	}
	return c
}

// theirMove returns the item that another bot's move concerns, and why Freshpin does not propose the
// same.
func theirMove(found *plan.Plan, p otherbots.Proposal, m otherbots.Move) (matched, *plan.Item) {
	row := matched{Name: m.Name, From: m.From, To: m.To, Number: p.Number, URL: p.URL}
	var about *plan.Item
	for n := range found.Items {
		i := &found.Items[n]
		pin := decide.PinOf(i)
		if !m.Concerns(pin) {
			continue
		}
		if i.Status == plan.Update && m.Reaches(pin) {
			row.File, row.Line = i.File, i.Line
			return row, i
		}
		// Another pin of the package may be the one that moves.
		if about == nil {
			about = i
		}
	}
	if about == nil {
		row.Reason = "Freshpin found no pin with this name"
		return row, nil
	}
	row.File, row.Line = about.File, about.Line
	switch about.Status {
	case plan.Update:
		row.Reason = "Freshpin proposes " + about.To()
	case plan.Current:
		row.Reason = "already the newest version Freshpin knows: " + about.Current
	default:
		row.Reason = fmt.Sprintf("%s: %s", about.Status, about.Reason.Text)
	}
	return row, about
}

func (o *command) printComparison(c comparison) {
	bot := otherbots.Title(c.Bot)
	console.Line(o.Stdout, "%s: %s of %s open", c.Repository, plan.Count(c.Pulls, "pull request"), bot)
	for _, part := range []struct {
		title string
		rows  []matched
	}{{"the same", c.Same}, {"Freshpin alone", c.Ours}, {bot + " alone", c.Theirs}} {
		fmt.Fprintf(o.Stdout, "\n%s: %d\n", part.title, len(part.rows))
		for _, r := range part.rows {
			o.printMatched(r)
		}
	}
	if len(c.Failed) > 0 {
		fmt.Fprintf(o.Stdout, "\nnot looked up, so what Freshpin would propose is not known: %d\n", len(c.Failed))
	}
	for _, r := range c.Failed {
		console.Line(o.Stdout, "  %s:%d %s %s  (%s)", sanitize.Name(r.File), r.Line, sanitize.Cell(r.Name), sanitize.Cell(r.From), r.Reason)
	}
}

func (o *command) printMatched(r matched) {
	line := sanitize.Cell(r.Name)
	if r.File != "" {
		line = fmt.Sprintf("%s:%d %s", sanitize.Name(r.File), r.Line, line)
	}
	line += " " + sanitize.Cell(cmp.Or(r.From, "none")) + " to " + sanitize.Cell(r.To)
	if r.Number != 0 {
		line += fmt.Sprintf("  #%d", r.Number)
	}
	if r.Reason != "" {
		line += "  (" + r.Reason + ")"
	}
	console.Line(o.Stdout, "  %s", line)
}
