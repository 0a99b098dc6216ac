package lifecycle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/plan"
)

// hardenKey is the group of the pull request with the checklist's safe fixes.
const hardenKey = "hardening"

// checkRules are settings that say something about the checklist.
type checkRules interface {
	Checklist(file string) config.Checklist
	IgnoresRule(file, service, rule string, now time.Time) string
}

// judgeTree judges the files of the repository by the checklist. What is wrong
// there stops nothing: it costs a warning.
func (r *base) judgeTree(ctx context.Context) {
	settings, ok := r.rules.Rules.(checkRules)
	if r.Check == nil || !ok {
		return
	}
	s := *r.Check
	s.Now = r.now
	s.Tracked = func(plan.Tree) func(string) bool { return func(string) bool { return true } }
	s.Settings = check.Settings{
		Ignore: func(f *check.Finding) string { return settings.IgnoresRule(f.At.File, f.Stage, f.Rule, r.now) },
		Nearest: func(file string) (check.Level, bool) {
			have := settings.Checklist(file)
			level, _ := check.ParseLevel(have.Level) // "" is none
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

// hardenAll keeps the pull requests of safe fixes in step, base by base.
func (r *run) hardenAll(ctx context.Context) error {
	for _, b := range r.readable() {
		if err := b.harden(ctx); err != nil {
			return err
		}
	}
	return nil
}

// harden keeps the pull request of safe fixes in step with what was found.
func (r *base) harden(ctx context.Context) error {
	name := message.Branch(scoped(r.name, hardenKey))
	b := r.open[name]
	if b != nil && !r.owns(b) {
		b = nil
	}
	h := r.hardening()
	if b == nil && len(h.fixed) == 0 {
		return nil
	}
	o := Outcome{Group: hardenKey, Base: r.branch, Branch: name, Updates: len(h.fixed)}
	if b != nil {
		o.Number, o.URL, o.Title = b.Number, b.URL, b.Title
	}
	o, err := r.hardenOne(ctx, h, b, o)
	return r.note(o, err)
}

// A hardening is what the safe fixes come to.
type hardening struct {
	group *group // with the policy of the first file, for labels and the like
	fixed []check.Finding
	pairs []Pair // one for each of fixed
	files []ecosystems.FileChange
}

// hardening makes the safe fixes that the settings want and nobody refused.
func (r *base) hardening() (h hardening) {
	settings, ok := r.rules.Rules.(checkRules)
	if r.checks == nil || !ok {
		return h
	}
	change := r.checks.MendOnly(false, func(f *check.Finding) bool {
		return settings.Checklist(f.At.File).Fix && r.addsNew(f.Fix) && r.memory.unwanted(r.fixPair(f)).IsZero()
	})
	h.fixed = change.Fixed
	for _, file := range slices.Sorted(maps.Keys(change.Files)) {
		h.files = append(h.files, ecosystems.FileChange{Path: file, Data: []byte(change.Files[file])})
	}
	if len(h.fixed) > 0 {
		p := r.rules.For(ecosystems.Dependency{}, h.fixed[0].At.File, r.now)
		h.group = &group{Key: hardenKey, On: r.name, Updates: []plan.Item{{Policy: p}}}
	}
	for n := range h.fixed {
		h.pairs = append(h.pairs, r.fixPair(&h.fixed[n]))
	}
	return h
}

// addsNew reports whether the files that a fix adds are not there yet.
func (r *base) addsNew(fix *check.Fix) bool {
	return !slices.ContainsFunc(fix.Files, func(f check.NewFile) bool {
		_, err := fs.Stat(r.checkout.FS, f.Path)
		return err == nil
	})
}

// fixPair names a fix. A refused one stays refused as long as its finding is the same.
func (r *base) fixPair(f *check.Finding) Pair {
	return Pair{ID: scoped(r.name, "check:"+f.ID), To: check.Safe}
}

// fingerprint tells equal content: the same fixes over the same files.
func (h *hardening) fingerprint(files map[string]forge.Entry) string {
	sum := sha256.New()
	for _, p := range h.pairs {
		fmt.Fprintf(sum, "%q\n", p.ID)
	}
	for _, f := range h.files {
		fmt.Fprintf(sum, "%q %s %x\n", f.Path, files[f.Path].Hash, sha256.Sum256(f.Data))
	}
	return hex.EncodeToString(sum.Sum(nil))[:20]
}

// hardenOne does what is to be done about the pull request, which may not be there yet.
func (r *base) hardenOne(ctx context.Context, h hardening, b *branch, o Outcome) (Outcome, error) {
	limit := r.about.Limit
	switch {
	case b != nil && (r.checks == nil || len(r.checks.Failed) > 0):
		o.What, o.Why = Left, "not everything that the checklist asks could be looked up, so it is left alone"
	case b != nil && len(h.fixed) == 0:
		return r.closeOne(ctx, b, nil)
	case b == nil && r.pass.Quiet != "":
		o.What, o.Why = Waiting, r.pass.Quiet
	case b == nil && r.ordinary() >= limit:
		o.What, o.Why = Waiting, full(r.ordinary(), limit)
	case !r.checkout.CanWrite:
		o.What, o.Why = Waiting, r.repo+" may be read but not written"
	case b != nil && b.touched() && !r.orders.override[b.Branch] && r.toldTouched(b):
		return r.leaveTouched(ctx, b, o)
	case b != nil && !b.touched() && !r.rebuilds(b) && b.Fingerprint == h.fingerprint(r.checkout.Files):
		o.What = Kept
	default:
		return r.sendHardening(ctx, h, b, o)
	}
	return o, nil
}

func (r *base) sendHardening(ctx context.Context, h hardening, b *branch, o Outcome) (Outcome, error) {
	c, err := r.hardeningChange(ctx, h, b)
	if err != nil {
		return o, err
	}
	pr, err := r.Forge.Publish(ctx, r.repo, c)
	if errors.Is(err, forge.ErrTouched) {
		return r.leaveTouched(ctx, b, o)
	}
	if err != nil {
		return o, err
	}
	r.open[c.Branch] = &branch{pr, metadata{Group: hardenKey, On: r.name, Head: pr.Head}}
	r.memory.Open[c.Branch] = pr.Number
	o.What, o.Number, o.URL, o.Title = Opened, pr.Number, pr.URL, pr.Title
	if b != nil {
		o.What = Updated
	}
	return o, nil
}

// hardeningChange is what is to be published.
func (r *base) hardeningChange(ctx context.Context, h hardening, b *branch) (forge.Change, error) {
	words := message.Hardening{Repo: r.repo, Style: r.style(ctx, h.group), Prefix: prefix(h.group), Unchecked: r.memory.Unchecked}
	for n := range h.fixed {
		f := &h.fixed[n]
		one := findingOf(f)
		one.Fix = f.Fix.Text
		words.Fixes = append(words.Fixes, one)
	}
	for _, f := range h.files {
		words.Files = append(words.Files, f.Path)
	}
	text, err := r.render(r.Message.Hardening(words))
	if err != nil {
		return forge.Change{}, err
	}
	c := forge.Change{
		Branch: h.group.branch(), Base: r.checkout.Branch, Parent: r.checkout.Commit, Tree: r.checkout.Tree,
		Files: h.files, Entries: r.checkout.Files, Message: text.Commit, Title: text.Title, Fingerprint: h.fingerprint(r.checkout.Files),
		Labels: labels(h.group), Reviewers: reviewers(h.group), Assignees: assignees(h.group),
	}
	m := metadata{Group: hardenKey, On: r.name, Fingerprint: c.Fingerprint, Pairs: h.pairs}
	c.Body = func(head string) string {
		m.Head = head
		words.State = m.bounded().encode()
		text, _ := r.Message.Hardening(words) // as above: only the state is another
		return text.Body
	}
	if b != nil {
		c.Number, c.Was, c.Force = b.Number, cmp.Or(b.metadata.Head, b.PullRequest.Head), r.orders.override[b.Branch]
	}
	return c, nil
}

func findingOf(f *check.Finding) message.Finding {
	where := f.At.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, f.Line)
	}
	return message.Finding{Rule: f.Rule, Level: f.Level.String(), Where: where, Text: f.Text}
}

// checklistOf adds the checklist to the dashboard, what matters most first.
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
