package lifecycle

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/plan"
)

// render warns about a broken template of the operator, for which the built-in one was
// used. It returns an error only if there is no text.
func (r *run) render(text message.Text, err error) (message.Text, error) {
	return text, r.tolerateTemplate(err)
}

// comment renders a comment.
func (r *run) comment(kind string, about any) (string, error) {
	text, err := r.Message.Say(kind, about)
	return text, r.tolerateTemplate(err)
}

func (r *run) tolerateTemplate(err error) error {
	var broken *templateset.Error
	if !errors.As(err, &broken) {
		return err
	}
	if r.Log != nil {
		r.Log.Warn("a template was not used", "cause", err)
	}
	return nil
}

// pull returns the data for the text of a pull request.
func (r *base) pull(ctx context.Context, g *decide.Group, work *edit.Work) message.Pull {
	about := r.Settings
	p := message.Pull{Automerge: r.checkout.AutoMerge && automerge(g), Schedule: about.Schedule, Limit: about.Limit, Repo: r.repo, Group: g.Key, Base: g.On, Style: r.style(ctx, g), Prefix: prefix(g), Unchecked: r.Memory.Unchecked}
	p.Updates = r.rows(ctx, work.Made)
	for _, d := range work.Dragged {
		p.Updates = append(p.Updates, dragged(d))
	}
	for n := range r.Plan.Items {
		if i := &r.Plan.Items[n]; i.Status == plan.Held && sharesFile(i, g) {
			p.Held = append(p.Held, held(i))
		}
	}
	for _, t := range work.Tidied {
		if !t.Done {
			continue
		}
		p.Tidied = append(p.Tidied, t.File+": "+t.Text)
	}
	for _, f := range work.Files {
		p.Files = append(p.Files, f.Path)
	}
	return p
}

// sharesFile reports whether a group updates something else in the same file.
func sharesFile(i *plan.Item, g *decide.Group) bool {
	return slices.ContainsFunc(g.Updates, func(u plan.Item) bool { return u.File == i.File })
}

// readers is the number of updates that are described concurrently.
const readers = 8

// rows describes the updates, in order.
func (r *run) rows(ctx context.Context, made []plan.Item) []message.Update {
	rows := make([]message.Update, len(made))
	var read errgroup.Group
	read.SetLimit(readers)
	for n := range made {
		read.Go(func() error {
			rows[n] = r.row(ctx, &made[n])
			return nil
		})
	}
	_ = read.Wait() // an update whose description fails is shown without links
	return rows
}

// row describes one update.
func (r *run) row(ctx context.Context, i *plan.Item) message.Update {
	links, err := i.Links(ctx)
	if err != nil {
		links = ecosystems.Links{} // only text, so the error is ignored
	}
	d := i.Dependency
	u := message.Update{
		ID: i.ID, Ecosystem: d.Ecosystem, Name: d.Name, Package: d.Package.Name, File: i.File, Line: i.Line,
		From: i.Current, To: i.Target.Version.Text, OldDigest: d.Pin.Digest, NewDigest: i.Target.Digest,
		Band: i.Band, Release: i.ReleaseLine, Links: links, Built: i.TargetPublished,
		Minor: beyond(i, i.Minor), Latest: beyond(i, i.Latest),
	}
	u.Advisories = advisories(i)
	u.Security, u.Exceeds, u.LineMove = i.Security, i.Exceeds, i.LineMove
	called(&u, i.Kind())
	r.describe(ctx, i, &u)
	for _, n := range i.Notes {
		u.Notes = append(u.Notes, n.Text)
	}
	return u
}

// advisories returns the advisories of the version in use for a message.
func advisories(i *plan.Item) (list []message.Advisory) {
	for _, a := range i.Advisories {
		list = append(list, message.Advisory{
			ID: a.ID, Aliases: a.Aliases, Severity: a.Severity, Summary: a.Summary, URL: a.URL, Fixed: a.Fixed,
			Remains: a.Remains, Imported: a.Imported, Unused: a.Looked && a.Imported == "",
		})
	}
	return list
}

// held returns a held update for a message.
func held(i *plan.Item) message.Held {
	available := i.Latest
	if i.LatestPackage != "" {
		available = i.LatestPackage + " " + i.Latest
	}
	return message.Held{
		ID: i.ID, Name: i.Dependency.Name, File: i.File, Line: i.Line,
		Current: i.Current, Available: available, Code: i.Reason.Code, Reason: i.Reason.Text,
	}
}

// conventional matches the first line of a commit message by "Conventional Commits 1.0.0".
var conventional = lazyregexp.New(`^[a-z]+(\([^)]*\))?!?: \S`)

// style returns the style of commit messages: as configured, else as in the history.
func (r *run) style(ctx context.Context, g *decide.Group) string {
	for n := range g.Updates {
		if s := g.Updates[n].Policy.Proposal.Style; s != "" {
			return s
		}
	}
	if r.can.CommitLog == nil {
		return "plain"
	}
	if r.subjects == nil {
		r.subjects, _ = r.can.CommitLog.Subjects(ctx, r.repo) // without history the style is plain
		r.subjects = append(r.subjects, "")                   // not nil, so that it is read only once
	}
	return habit(r.subjects)
}

// prefix returns the prefix of titles in the settings; "" if there is none, or if the
// updates of the group have different ones.
func prefix(g *decide.Group) string {
	first := g.Updates[0].Policy.Proposal.Prefix
	for n := range g.Updates {
		if g.Updates[n].Policy.Proposal.Prefix != first {
			return ""
		}
	}
	return first
}

// habit returns the style of most commits, without merges.
func habit(subjects []string) string {
	counted, matching := 0, 0
	for _, s := range subjects {
		if s == "" || strings.HasPrefix(s, "Merge ") {
			continue
		}
		counted++
		if conventional.MatchString(s) {
			matching++
		}
	}
	if matching*2 > counted {
		return "conventional"
	}
	return "plain"
}

// dragged returns a dependency that a tool has moved along, for a message.
func dragged(d edit.Dragged) message.Update {
	u := message.Update{
		Ecosystem: d.Dependency.Ecosystem, Name: d.Dependency.Name, Package: d.Dependency.Package.Name,
		File: d.File, Line: d.Line, From: d.From, To: d.To, Band: d.Band, Dragged: true,
	}
	called(&u, d.Kind)
	return u
}

// called sets the name of the package of an update for people.
func called(u *message.Update, k ecosystems.Kind) {
	u.Called, u.Short = k.Names(u.Name)
	u.Noun, u.Plural = k.Noun, k.Plural
}

// beyond returns the newer version, "" if it is the proposed one.
func beyond(i *plan.Item, newer string) string {
	if newer == i.Target.Version.Text || newer == i.Current || i.Band == version.Major.String() {
		return ""
	}
	return newer
}
