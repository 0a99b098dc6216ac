package message

import (
	"slices"
	"strings"
	"time"
)

// Text from outside, as templates see it: what they print is always escaped, so
// that no template, an operator's included, can forget to.
type (
	markdown string // for bodies and comments
	line     string // for titles and commit messages
)

// String returns the text with nothing in it that means anything to Markdown, HTML or GitHub.
func (m markdown) String() string { return text(string(m)) }

// String returns the text as one line without mentions and references.
func (l line) String() string { return plain(string(l)) }

// outside is text from outside, in either form.
type outside interface{ markdown | line }

// A pullView is what the templates of a pull request see.
type pullView[T outside] struct {
	Repo         T
	Group        T
	Conventional bool // the commit style
	Prefix       T    // before the title, instead of that of the style: "deps:"; "" for none
	Phrase       T    // "update python to 3.6.15 in Dockerfile"
	Title        T    // in the commit: the title, as it was rendered
	Note         T
	Automerge    bool
	Schedule     T      // "0 6 * * 1"; "" for none
	Limit        int    // how many pull requests may be open; 0 for none
	RebuildBox   string // the hidden name of the box that rebuilds it
	Tidied       []T    // what a tool put in order besides, a few of them
	Unchecked    bool
	Touched      bool
	Chosen       bool // somebody ticked its box in the dashboard

	Safe        bool // nothing leaves its line
	OnlyDigests bool // no version changes
	OnlyFirst   bool // the only change is digests where there were none
	AnyDragged  bool // among the rows
	Remarks     bool // some rows have remarks
	Dates       bool // some rows have a date
	Reading     bool // some rows have links
	Advised     bool // advisories affect what some rows had
	Security    bool // it mends what advisories say
	LineMove    bool // it leaves a release line that gets no fixes any more
	Exceeds     bool // and goes beyond what the settings allow for that
	Floating    bool // digests of tags that name no MAJOR.MINOR
	IgnoreOrder T    // the command for it, "/freshpin ignore NAME" where there are several

	Count                                          int // how many updates there are, without those dragged along
	Rows                                           []rowView[T]
	More                                           int // rows beyond what fits
	Bands                                          []bandView[T]
	Digests                                        []rowView[T] // those that have one
	Beyond                                         []rowView[T] // those for which something newer exists
	DigestsAll, DigestsMore, BeyondAll, BeyondMore int          // how many of them there are, and beyond what fits
	Held                                           []heldView[T]
	HeldAll                                        int // how many are held, with those beyond what fits
	HeldMore                                       int // those
	Files                                          []T
}

// A rowView is one update.
type rowView[T outside] struct {
	Name, Package, From, To     T
	Where                       T // "Dockerfile:1"
	Ecosystem, Band             string
	Release, OldDigest          T
	NewDigest                   T
	Minor, Latest               T
	Built                       time.Time
	Source, Notes, Compare      T
	Remarks                     []T
	Advisories                  []adviceView[T]
	Image                       *imageView[T]
	Releases                    []releaseView[T]
	ReleasesMore                int // that are left out
	ReleasesURL                 T
	Security, Exceeds, LineMove bool
	Dragged, SameTag, FirstTime bool // SameTag: only the digest changes; FirstTime: there was none
}

// An adviceView is one advisory.
type adviceView[T outside] struct {
	ID, Severity, Summary, URL, Fixed T
	Aliases                           []T
	Remains                           bool
	Package, Imported                 T
	Unused                            bool
}

// An imageView is what is new in an image.
type imageView[T outside] struct {
	Summary, From                       T
	Old, New                            sideView[T]
	Facts                               bool // there is something to say of Old and New
	MorePlatforms, FewerPlatforms       []T
	Builder, Source, Revision           T
	Changed, Added, Removed             []changeView[T]
	ChangedMore, AddedMore, RemovedMore int // beyond what fits
	Fixes, Brings                       []adviceView[T]
	FixesMore, BringsMore               int
	Unadvised                           bool
}

// A sideView is an image.
type sideView[T outside] struct {
	Created                 time.Time
	Size                    string // "48.2 MB"
	Version, Revision, Base T
}

// A changeView is a package that differs.
type changeView[T outside] struct{ Name, Old, New T }

// A releaseView is a release between the two versions.
type releaseView[T outside] struct {
	Tag, Title, URL, Body T
	Published             time.Time
}

// A bandView is the updates that move equally far.
type bandView[T outside] struct {
	Band  string // "digest", "first-digest", "patch", "minor", "major"
	Names []T
	More  int
	Last  bool // there is nothing newer than any of them
}

// A heldView is something newer that is not proposed.
type heldView[T outside] struct {
	Box                      string // the hidden name of its box
	Ticked                   bool
	Name, Where, Base        T
	Current, Available, Code T
	Reason                   T
}

// maxNames is how many names one sentence holds.
const maxNames = 8

// A room is how much is shown: how many updates, and how many entries of each list below them.
type room struct{ rows, details int }

// pullViewOf shows a pull request as far as there is room.
func pullViewOf[T outside](p Pull, k room) pullView[T] {
	list := asked(p.Updates)
	v := pullView[T]{
		Floating: strings.Contains(p.Group, "floating-digests"), IgnoreOrder: "/freshpin ignore NAME",
		Repo: T(p.Repo), Group: T(p.Group), Conventional: p.Style == conventional, Prefix: T(titlePrefix(p.Prefix)),
		Automerge: p.Automerge, Schedule: T(p.Schedule), Limit: p.Limit, RebuildBox: rebuildMark,
		Note: T(p.Note), Unchecked: p.Unchecked, Touched: p.Touched,
		Chosen: strings.HasPrefix(p.Group, "chosen/"), Count: len(list), HeldAll: len(p.Held),
	}
	if len(list) == 1 {
		v.IgnoreOrder = T("/freshpin ignore " + list[0].Name)
	}
	rows := make([]rowView[T], 0, len(p.Updates))
	for _, u := range sorted(p.Updates) {
		rows = append(rows, rowOf[T](u))
	}
	prose(rows, sorted(p.Updates), k.details)
	v.Bands = bandsOf(rows)
	v.Safe, v.OnlyDigests, v.OnlyFirst = reach(v.Bands)
	v.Rows, v.More = head(rows, k.rows)
	v.columns()
	v.lists(rows, k.details)
	held, more := head(p.Held, k.details)
	v.HeldMore = more
	for _, h := range held {
		v.Held = append(v.Held, heldOf[T](h, false))
	}
	tidied, _ := head(p.Tidied, k.details)
	for _, t := range tidied {
		v.Tidied = append(v.Tidied, T(t))
	}
	files, _ := head(p.Files, k.details)
	for _, f := range files {
		v.Files = append(v.Files, T(f))
	}
	return v
}

// columns says what there is to show of the rows.
func (v *pullView[T]) columns() {
	for _, r := range v.Rows {
		v.AnyDragged = v.AnyDragged || r.Dragged
		v.Remarks = v.Remarks || len(r.Remarks) > 0
		v.Advised, v.Security, v.Exceeds = v.Advised || len(r.Advisories) > 0, v.Security || r.Security, v.Exceeds || r.Exceeds
		v.LineMove = v.LineMove || r.LineMove
		v.Dates = v.Dates || !r.Built.IsZero()
		v.Reading = v.Reading || r.Notes != "" || r.Compare != ""
	}
}

// lists fills in what is folded away, k entries of each.
func (v *pullView[T]) lists(rows []rowView[T], k int) {
	for _, r := range rows {
		if r.NewDigest != "" || r.OldDigest != "" {
			v.Digests = append(v.Digests, r)
		}
		if r.Minor != "" || r.Latest != "" {
			v.Beyond = append(v.Beyond, r)
		}
	}
	v.DigestsAll, v.BeyondAll = len(v.Digests), len(v.Beyond)
	v.Digests, v.DigestsMore = head(v.Digests, k)
	v.Beyond, v.BeyondMore = head(v.Beyond, k)
}

func rowOf[T outside](u Update) rowView[T] {
	r := rowView[T]{
		Name: T(u.Name), Package: T(u.Package), From: T(u.From), To: T(u.To), Where: T(where(u.File, u.Line)),
		Ecosystem: u.Ecosystem, Band: u.Band, Release: T(u.Release), OldDigest: T(u.OldDigest), NewDigest: T(u.NewDigest),
		Minor: T(u.Minor), Latest: T(u.Latest), Built: u.Built,
		Source: T(u.Links.Source), Notes: T(u.Links.Notes), Compare: T(u.Links.Compare),
		Dragged: u.Dragged, SameTag: u.Band == digestBand, FirstTime: u.Band == digestBand && u.OldDigest == "",
	}
	r.Security, r.Exceeds, r.LineMove = u.Security, u.Exceeds, u.LineMove
	r.Advisories = advicesOf[T](u.Advisories)
	for _, n := range u.Notes {
		r.Remarks = append(r.Remarks, T(n))
	}
	return r
}

func heldOf[T outside](h Held, ticked bool) heldView[T] {
	v := heldView[T]{
		Ticked: ticked, Name: T(h.Name), Where: T(where(h.File, h.Line)), Base: T(h.Base), Current: T(h.Current),
		Available: T(h.Available), Code: T(h.Code), Reason: T(h.Reason),
	}
	if h.ID != "" {
		v.Box = hold(h.ID)
	}
	if h.Available == h.Current {
		v.Available = ""
	}
	return v
}

// bandsOf gathers the names of what moves equally far, the shortest way first.
func bandsOf[T outside](rows []rowView[T]) (list []bandView[T]) {
	names, beyond := map[string][]T{}, map[string]bool{}
	seen := map[[2]string]bool{}
	for _, r := range rows {
		band := r.Band
		if r.FirstTime {
			band = firstDigest
		}
		if key := [2]string{band, string(r.Name)}; !r.Dragged && !seen[key] {
			seen[key] = true
			names[band] = append(names[band], r.Name)
		}
		beyond[band] = beyond[band] || r.Minor != "" || r.Latest != ""
	}
	for _, band := range []string{firstDigest, digestBand, "patch", "minor", "major"} {
		if len(names[band]) > 0 {
			shown, more := head(names[band], maxNames)
			list = append(list, bandView[T]{band, shown, more, !beyond[band]})
		}
	}
	return list
}

// reach says how far the updates go: not beyond their lines, digests alone, first digests alone.
func reach[T outside](bands []bandView[T]) (safe, digests, first bool) {
	safe, digests, first = true, true, true
	for _, b := range bands {
		safe = safe && b.Band != "minor" && b.Band != "major"
		digests = digests && (b.Band == digestBand || b.Band == firstDigest)
		first = first && b.Band == firstDigest
	}
	return safe, digests, first
}

// head returns the first k of a list, and how many there are beyond.
func head[E any](list []E, k int) ([]E, int) {
	k = min(k, len(list))
	return list[:k], len(list) - k
}

// asked returns the updates that somebody asked for: all where none is.
func asked(all []Update) []Update {
	list := slices.DeleteFunc(slices.Clone(all), func(u Update) bool { return u.Dragged })
	if len(list) == 0 {
		return all
	}
	return list
}

// sorted puts the updates that a tool dragged along last.
func sorted(all []Update) []Update {
	list := slices.Clone(all)
	slices.SortStableFunc(list, func(a, b Update) int {
		switch {
		case a.Dragged == b.Dragged:
			return 0
		case a.Dragged:
			return 1
		}
		return -1
	})
	return list
}
