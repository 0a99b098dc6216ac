package updater

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// Limits of a search. If one is reached, the trace says so.
const (
	maxDated = 12 // candidates whose date is looked up
	maxTries = 8  // candidates whose facts are looked up
	maxElse  = 60 // options for the check of a set
	maxLines = 12 // lines of each band that are searched for a fix
)

// A result is the outcome of a search for a target.
type result int

// Results.
const (
	none   result = iota // nothing can be taken
	found                // an option was found
	inUse                // the search has reached the image in use; older ones are no update
	failed               // the item has failed
)

// A request is the input of a search.
type request struct {
	list     []version.Candidate   // remaining candidates, best first
	wait     time.Duration         // minimum age of a version
	security bool                  // the candidates fix an advisory
	farther  bool                  // a nearer line also has a fix
	lineMove bool                  // the candidates leave an ended release line
	lines    [][]version.Candidate // further fixes by line, to try if no candidate of list can be taken
}

// A search tries the versions that may be proposed, best first, until one can be
// taken. If a set of pins or a tool later refuses the target of an item, its caller
// continues the same search for the next option.
type search struct {
	*decider
	request

	fits         bool // the first candidate of the list fits the rest of the manifest
	dated, tried int
	young        bool // a candidate was skipped because of its cooldown
}

// next returns the best remaining option.
func (s *search) next(ctx context.Context) (plan.Option, result) {
	for {
		if err := s.fit(ctx); err != nil {
			s.item.Fail(err)
			return plan.Option{}, failed
		}
		switch {
		case len(s.list) == 0:
			return plan.Option{}, none
		case (s.dated >= maxDated || s.tried >= maxTries) && !s.told():
			s.giveUp()
			return plan.Option{}, none
		}
		c := s.list[0]
		s.list, s.fits = s.list[1:], false
		if o, r := s.try(ctx, c); r != none {
			o.Security, o.Farther, o.LineMove = s.security, s.farther, s.lineMove
			return o, r
		}
	}
}

// told reports whether the listing has all facts about a candidate, so that trying
// many of them costs neither requests nor memory.
func (s *search) told() bool {
	return s.item.Kind().Complete && s.Seen == nil
}

// For returns a copy of the search for a copy of its item. The search of the plan
// does not advance, so that writing a plan twice gives the same result.
func (s *search) For(i *plan.Item) plan.Search {
	d, on := *s.decider, *s
	d.item, d.known = i, maps.Clone(s.known)
	on.decider = &d
	return &on
}

// More returns the next option, from a farther line if the near one has none left.
func (s *search) More(ctx context.Context) []plan.Option {
	if next := s.ahead(ctx, 1); len(next) > 0 {
		return next
	}
	return s.fartherLine(ctx, 1)
}

// searchOf returns the search that found the target of an item; nil if there is none.
func searchOf(i *plan.Item) *search {
	s, _ := i.Search.(*search)
	return s
}

// giveUp adds to the trace that older candidates were not tried.
func (s *search) giveUp() {
	text := fmt.Sprintf("%d older releases were not tried", len(s.list))
	s.item.Notef(ecosystems.NotTried, "%s", text)
	s.item.Tracef("%s", text)
	s.list = nil
}

// ahead returns at most that many further options.
func (s *search) ahead(ctx context.Context, most int) (list []plan.Option) {
	for len(list) < most {
		o, r := s.next(ctx)
		if r != found {
			break
		}
		list = append(list, o)
	}
	return list
}

// fartherLine returns at most that many options of the nearest farther line that has any.
func (s *search) fartherLine(ctx context.Context, most int) (list []plan.Option) {
	wait := s.item.Policy.Packages
	for len(list) == 0 && most > 0 && len(s.lines) > 0 {
		line := s.lines[0]
		s.request = request{list: line, wait: wait, security: true, farther: true, lines: s.lines[1:]}
		// The limits count for each line, so that a long near line does not hide a fix on a farther one.
		s.fits, s.young, s.dated, s.tried = false, false, 0, 0
		if list = s.ahead(ctx, most); len(list) == 0 && s.young {
			// As in fix: a vulnerable version is worse than a young one, and of those the oldest is the safest.
			s.list, s.wait, s.fits = firstFixed(line), 0, false
			list = s.ahead(ctx, most)
		}
	}
	return list
}

// fit drops candidates from the front that require more than the manifest allows.
func (s *search) fit(ctx context.Context) error {
	f, ok := s.item.Origin.Ecosystem.(ecosystems.Fitter)
	if !ok || s.fits || len(s.list) == 0 {
		return nil
	}
	q := ecosystems.Fitting{Dependency: s.item.Dependency, Newest: s.answer.Latest.Version, Beside: s.beside(s.item)}
	if s.answer.Latest.Package != "" { // the newest version has another path
		q.Newest = s.answer.Minor.Version
	}
	for _, c := range s.list {
		q.Versions = append(q.Versions, c.Version)
	}
	first, why, err := f.Fit(ctx, q)
	if err != nil {
		return err
	}
	if first > 0 {
		s.block(why.Code, "%s", why.Text)
	}
	s.list, s.fits = s.list[min(first, len(s.list)):], true
	return nil
}

// try checks one candidate. The result none means to try the next one.
func (s *search) try(ctx context.Context, c version.Candidate) (plan.Option, result) {
	i := s.item
	s.dated++
	if i.Kind().Digests { // before the age check: an image older than the digest in use is no update, even if the tag is new
		if r := s.same(ctx, c); r != none {
			return plan.Option{}, r
		}
	}
	published, err := s.published(ctx, c, s.wait)
	if err != nil {
		i.Fail(err)
		return plan.Option{}, failed
	}
	since := s.since(c.Version.Text, published, s.wait)
	if until, young := policy.Young(since, s.now, s.wait); young {
		s.young = true
		s.block(ecosystems.Cooldown, "%s is held until %s: %s", c.Version, until.UTC().Format(time.DateOnly), sighted("published", published, since, s.now))
		return plan.Option{}, none
	}
	s.tried++
	o, r := s.facts(ctx, c)
	o.Published = published
	if r == found && since.IsZero() && s.wait > 0 {
		o.Notes = append(o.Notes, ecosystems.Note{Code: ecosystems.AgeUnknown, Text: fmt.Sprintf("the publication date of %s is unknown", c.Version)})
	}
	return o, r
}

// same ends the search if the candidate is the image in use. Its notes are used
// later.
func (s *search) same(ctx context.Context, c version.Candidate) result {
	target, err := s.pinsOf(ctx, s.item, c.Version)
	if err != nil || !target.Unchanged { // facts gets the same error and handles it
		return none
	}
	s.item.Tracef("%s is the very image in use, so nothing older is tried", c.Version)
	s.twins = append(s.twins, c.Version.Text)
	return inUse
}

// facts looks up the digest or hashes of a candidate and checks them.
func (d *decider) facts(ctx context.Context, c version.Candidate) (plan.Option, result) {
	i := d.item
	target, err := d.pinsOf(ctx, i, c.Version)
	if err != nil {
		// Registries may list tags that were deleted.
		if fetch.Code(err) == fetch.NotFound {
			i.Tracef("%s: %v; the next one", c.Version, err)
			d.block(fetch.NotFound, "%s is listed, but not there: %v", c.Version, err)
			return plan.Option{}, none
		}
		i.Fail(err)
		return plan.Option{}, failed
	}
	if !target.Unchanged && len(target.Missing) > 0 {
		d.block(ecosystems.Platform, "%s lacks %s, which %s offers", c.Version, list(target.Missing), i.Current)
		d.skipBuild(c.Version, target.Missing)
		return plan.Option{}, none
	}
	if why := target.Hold; !why.IsZero() {
		return plan.Option{}, d.refused(why)
	}
	o := plan.Option{Target: target, Band: version.Between(d.answer.Current.Version, c.Version, d.answer.Line)}
	if signed, err := d.signed(ctx, target); err != nil {
		i.Fail(err)
		return plan.Option{}, failed
	} else if !signed {
		return plan.Option{}, none
	}
	d.copyDecision(&o)
	edits, err := i.Origin.Ecosystem.Edit(i.Dependency, o.Target)
	if err != nil {
		d.block(ecosystems.Unsupported, "%v", err)
		return plan.Option{}, none
	}
	if len(edits) == 0 {
		i.Tracef("%s needs no edit", c.Version)
		return plan.Option{}, none
	}
	return o, found
}

// refused records why a target must not be taken. Signs of tampering end the
// search: proposing an older version instead would hide the alarm.
func (d *decider) refused(why ecosystems.Reason) result {
	d.block(why.Code, "%s", why.Text)
	if !ecosystems.Tampered(why.Code) {
		return none
	}
	d.item.Notef(why.Code, "%s", why.Text)
	d.item.End(plan.Held, why)
	return failed
}

// skipBuild drops the other tags of a Windows build that the image in use does not
// run on, since all tags of a build share a track.
func (d *decider) skipBuild(v version.Version, missing []string) {
	s := searchOf(d.item)
	if s == nil || v.Track == d.answer.Current.Version.Track || !slices.ContainsFunc(missing, func(p string) bool { return strings.HasPrefix(p, "windows/") }) {
		return
	}
	s.list = slices.DeleteFunc(slices.Clone(s.list), func(c version.Candidate) bool { return c.Version.Track == v.Track })
}

// published returns when a candidate was published. It sends a request only if the
// listing has no date and the date affects the decision, that is, if there is a
// cooldown.
func (d *decider) published(ctx context.Context, c version.Candidate, wait time.Duration) (time.Time, error) {
	i := d.item
	dater, ok := i.Origin.Ecosystem.(ecosystems.Dater)
	if !c.Published.IsZero() || !ok || wait == 0 {
		return c.Published, nil
	}
	t, err := d.dated(ctx, dater, i.Dependency, c.Version)
	if err != nil && fetch.Code(err) == fetch.NotFound {
		return time.Time{}, nil // an unknown date, which try notes
	}
	d.known[c.Version.Text] = t
	return t, err
}
