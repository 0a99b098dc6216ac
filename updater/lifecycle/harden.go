package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/plan"
)

// checkRules are settings for the checklist.
type checkRules interface {
	Checklist(file string) config.Checklist
	IgnoresRule(file, service, rule string, now time.Time) string
}

// judgeTree applies the checklist to the files of the repository. Errors only give a
// warning.
func (r *base) judgeTree(ctx context.Context) {
	settings, ok := r.Overrides.Rules.(checkRules)
	if r.Check == nil || !ok {
		return
	}
	s := *r.Check // a copy, because bases share it
	s.Now = r.now
	// A commit holds nothing else.
	s.Tracked = func(plan.Tree) func(string) bool { return func(string) bool { return true } }
	s.Settings = check.Settings{
		Ignore: func(f *check.Finding) string { return settings.IgnoresRule(f.At.File, f.Stage, f.Rule, r.now) },
		Nearest: func(file string) (check.Level, bool) {
			have := settings.Checklist(file)
			level, _ := check.ParseLevel(have.Level) // "" means no level
			return level, have.Strict
		},
	}
	found, err := s.Run(ctx, r.tree)
	if err != nil {
		r.warn("the checklist was not judged: " + err.Error())
		return
	}
	r.checks = found
}

// hardening makes the safe fixes that the settings enable and that were not refused.
func (r *base) hardening() (f decide.Fixes) {
	settings, ok := r.Overrides.Rules.(checkRules)
	if r.checks == nil || !ok {
		return f
	}
	change := r.checks.FixOnly(false, func(f *check.Finding) bool {
		return settings.Checklist(f.At.File).Fix && r.addsNew(f.Fix) && r.Memory.Unwanted(decide.FixPair(r.Name, f)).IsZero()
	})
	f.Judged, f.Made = len(r.checks.Failed) == 0, change.Fixed
	for _, file := range slices.Sorted(maps.Keys(change.Files)) {
		f.Files = append(f.Files, ecosystems.FileChange{Path: file, Data: []byte(change.Files[file])})
	}
	if len(f.Made) > 0 {
		p := r.Overrides.For(ecosystems.Dependency{}, f.Made[0].At.File, r.now)
		f.Group = &decide.Group{Key: decide.HardenKey, On: r.Name, Updates: []plan.Item{{Policy: p}}}
	}
	for n := range f.Made {
		f.Pairs = append(f.Pairs, decide.FixPair(r.Name, &f.Made[n]))
	}
	return f
}

// addsNew reports whether none of the files that a fix adds exists.
func (r *base) addsNew(fix *check.Fix) bool {
	return !slices.ContainsFunc(fix.Files, func(f check.NewFile) bool {
		_, err := fs.Stat(r.checkout.FS, f.Path)
		return err == nil
	})
}

// sendHardening publishes the safe fixes.
func (r *base) sendHardening(ctx context.Context, a decide.Action) (decide.Outcome, error) {
	c, err := r.hardeningChange(ctx, a.Branch)
	if err != nil {
		return a.Outcome, err
	}
	pr, err := r.Forge.Publish(ctx, r.repo, c)
	return r.published(ctx, a, pr, err)
}

// hardeningChange returns the change to publish.
func (r *base) hardeningChange(ctx context.Context, b *decide.Branch) (forge.Change, error) {
	h := &r.Fixes
	words := message.Hardening{Repo: r.repo, Style: r.style(ctx, h.Group), Prefix: prefix(h.Group), Unchecked: r.Memory.Unchecked}
	for n := range h.Made {
		f := &h.Made[n]
		one := findingOf(f)
		one.Fix = f.Fix.Text
		words.Fixes = append(words.Fixes, one)
	}
	for _, f := range h.Files {
		words.Files = append(words.Files, f.Path)
	}
	text, err := r.render(r.Message.Hardening(words))
	if err != nil {
		return forge.Change{}, err
	}
	c := forge.Change{
		Branch: h.Group.Branch(), Base: r.checkout.Branch, Parent: r.checkout.Commit, Tree: r.checkout.Tree,
		Files: h.Files, Entries: r.checkout.Files, Message: text.Commit, Title: text.Title, Fingerprint: h.Fingerprint(r.checkout.Files),
	}
	addPeople(&c, h.Group)
	m := decide.Metadata{Group: decide.HardenKey, On: r.Name, Fingerprint: c.Fingerprint, Pairs: h.Pairs}
	c.Body = func(head string) string {
		m.Head = head
		words.State = m.Bounded().Encode()
		text, _ := r.Message.Hardening(words) // same text as above, with another state
		return text.Body
	}
	r.replace(&c, b)
	return c, nil
}

func findingOf(f *check.Finding) message.Finding {
	where := f.At.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, f.Line)
	}
	return message.Finding{Rule: f.Rule, Level: f.Level.String(), Where: where, Text: f.Text}
}

// checklistOf adds the checklist to the dashboard, the most important findings first.
func checklistOf(b *message.Dashboard, found *checklist.Report, base string) {
	if found == nil {
		return
	}
	list := slices.Clone(found.Findings)
	slices.SortStableFunc(list, func(x, y check.Finding) int {
		return cmp.Or(cmp.Compare(x.Level, y.Level), strings.Compare(x.At.File, y.At.File))
	})
	for n := range list {
		f := &list[n]
		if f.Mode == check.Information {
			continue
		}
		switch f.Level {
		case check.Must:
			b.Must++
		case check.Should:
			b.Should++
		default:
			b.Could++
		}
		one := findingOf(f)
		one.Base = base
		b.Checklist = append(b.Checklist, one)
	}
}
