package message

import (
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// A pullView is the data of the pull request templates.
type pullView[T untrusted.Either] struct {
	Repo         T
	Group        T
	Conventional bool // the commit style
	Prefix       T    // the prefix of titles, instead of the style's: "deps:"; "" for none
	Phrase       T    // "update python to 3.6.15 in Dockerfile"
	Title        T    // for the commit: the rendered title
	Note         T
	Automerge    bool
	Schedule     T      // "0 6 * * 1"; "" for none
	Limit        int    // how many pull requests may be open; 0 for no limit
	RebuildBox   string // the hidden ID of the rebuild checkbox
	Tidied       []T    // what a tool tidied besides, the first few
	Unchecked    bool
	Touched      bool
	Chosen       bool // its checkbox in the dashboard was ticked

	Safe        bool // no update leaves its release line
	OnlyDigests bool // no version changes
	OnlyFirst   bool // the only change is to add digests
	AnyDragged  bool // some rows were dragged along
	Remarks     bool // some rows have remarks
	Dates       bool // some rows have a date
	Reading     bool // some rows have links
	Advised     bool // advisories affect what some rows had
	Security    bool // it mends what advisories say
	LineMove    bool // it leaves a release line that gets no fixes any more
	Exceeds     bool // and goes beyond what the settings allow for that
	Floating    bool // digests of tags that name no MAJOR.MINOR
	IgnoreOrder T    // the command that ignores it, "/freshpin ignore NAME" if there are several dependencies

	Count                                          int // number of updates, without those dragged along
	Rows                                           []rowView[T]
	More                                           int // number of rows left out
	Bands                                          []bandView[T]
	Digests                                        []rowView[T] // rows with a digest
	Beyond                                         []rowView[T] // rows with a newer version
	DigestsAll, DigestsMore, BeyondAll, BeyondMore int          // numbers of these rows, and of those left out
	Held                                           []heldView[T]
	HeldAll                                        int // number of held updates, including those left out
	HeldMore                                       int // number left out
	Files                                          []T
}

// A rowView is one update.
type rowView[T untrusted.Either] struct {
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
	ReleasesMore                int // number left out
	ReleasesURL                 T
	Security, Exceeds, LineMove bool
	Dragged, SameTag, FirstTime bool // SameTag: only the digest changes; FirstTime: there was none
}

// An adviceView is one advisory.
type adviceView[T untrusted.Either] struct {
	ID, Severity, Summary, URL, Fixed T
	Aliases                           []T
	Remains                           bool
	Package, Imported                 T
	Unused                            bool
}

// An imageView describes the changes in an image.
type imageView[T untrusted.Either] struct {
	Summary, From                       T
	Old, New                            sideView[T]
	Facts                               bool // Old and New have data to show
	MorePlatforms, FewerPlatforms       []T
	Builder, Source, Revision           T
	Changed, Added, Removed             []changeView[T]
	ChangedMore, AddedMore, RemovedMore int // numbers left out
	Fixes, Brings                       []adviceView[T]
	FixesMore, BringsMore               int
	Unadvised                           bool
}

// A sideView is one of two compared images.
type sideView[T untrusted.Either] struct {
	Created                 time.Time
	Size                    string // "48.2 MB"
	Version, Revision, Base T
}

// A changeView is a package that differs.
type changeView[T untrusted.Either] struct{ Name, Old, New T }

// A releaseView is a release between the two versions.
type releaseView[T untrusted.Either] struct {
	Tag, Title, URL, Body T
	Published             time.Time
}

// A bandView groups the updates of one band.
type bandView[T untrusted.Either] struct {
	Band  string // "digest", "first-digest", "patch", "minor", "major"
	Names []T
	More  int
	Last  bool // no newer version than any of them exists
}

// A heldView is a newer version that is not proposed.
type heldView[T untrusted.Either] struct {
	Box                      string // the hidden ID of its checkbox
	Ticked                   bool
	Name, Where, Base        T
	Current, Available, Code T
	Reason                   T
}

// maxNames is how many names one sentence contains.
const maxNames = 8

// A room limits what is shown: the number of updates, and of entries in each list below them.
type room struct{ rows, details int }

// pullViewOf builds the data of a pull request within the room.
func pullViewOf[T untrusted.Either](p Pull, k room) pullView[T] {
	list := requested(p.Updates)
	v := pullView[T]{
		Floating: strings.Contains(p.Group, "floating-digests"), IgnoreOrder: "/freshpin ignore NAME",
		Repo: T(p.Repo), Group: T(p.Group), Conventional: p.Style == conventional, Prefix: T(titlePrefix(p.Prefix)),
		Automerge: p.Automerge, Schedule: T(p.Schedule), Limit: p.Limit, RebuildBox: markers.RebuildMark,
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
	addDetails(rows, sorted(p.Updates), k.details)
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
	v.Tidied, _ = texts[T](p.Tidied, k.details)
	v.Files, _ = texts[T](p.Files, k.details)
	return v
}

// columns sets which columns have content.
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

// lists fills the folded lists, k entries of each.
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

func rowOf[T untrusted.Either](u Update) rowView[T] {
	r := rowView[T]{
		Name: T(u.Name), Package: T(u.Package), From: T(u.From), To: T(u.To), Where: T(where(u.File, u.Line)),
		Ecosystem: u.Ecosystem, Band: u.Band, Release: T(u.Release), OldDigest: T(u.OldDigest), NewDigest: T(u.NewDigest),
		Minor: T(u.Minor), Latest: T(u.Latest), Built: u.Built,
		Source: T(u.Links.Source), Notes: T(u.Links.Notes), Compare: T(u.Links.Compare),
		Dragged: u.Dragged, SameTag: u.Band == digestBand, FirstTime: u.Band == digestBand && u.OldDigest == "",
	}
	r.Security, r.Exceeds, r.LineMove = u.Security, u.Exceeds, u.LineMove
	r.Advisories, r.Remarks = advicesOf[T](u.Advisories), allTexts[T](u.Notes)
	return r
}

func heldOf[T untrusted.Either](h Held, ticked bool) heldView[T] {
	v := heldView[T]{
		Ticked: ticked, Name: T(h.Name), Where: T(where(h.File, h.Line)), Base: T(h.Base), Current: T(h.Current),
		Available: T(h.Available), Code: T(h.Code), Reason: T(h.Reason),
	}
	if h.ID != "" {
		v.Box = markers.Box(h.ID)
	}
	// What is held can be a digest, and both versions are then the same.
	if h.Available == h.Current {
		v.Available = ""
	}
	return v
}

// bandsOf groups the names by band, the smallest first.
func bandsOf[T untrusted.Either](rows []rowView[T]) (list []bandView[T]) {
	names, beyond := map[string][]T{}, map[string]bool{}
	seen := map[[2]string]bool{}
	for _, r := range rows {
		// A first digest pins what runs already; a new one changes it.
		band := r.Band
		if r.FirstTime {
			band = firstDigest
		}
		// One package may be pinned in many files.
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

// reach sets how far the updates go: within their release lines, only digests, only first digests.
func reach[T untrusted.Either](bands []bandView[T]) (safe, digests, first bool) {
	safe, digests, first = true, true, true
	for _, b := range bands {
		safe = safe && b.Band != "minor" && b.Band != "major"
		digests = digests && (b.Band == digestBand || b.Band == firstDigest)
		first = first && b.Band == firstDigest
	}
	return safe, digests, first
}

// head returns the first k elements of a list, and the number of the others.
func head[E any](list []E, k int) ([]E, int) {
	k = min(k, len(list))
	return list[:k], len(list) - k
}

// requested returns the requested updates, all of them if none was requested.
func requested(all []Update) []Update {
	list := slices.DeleteFunc(slices.Clone(all), Update.dragged)
	if len(list) == 0 {
		return all
	}
	return list
}

// sorted moves the updates that a tool dragged along to the end.
func sorted(all []Update) []Update { return movedLast(all, Update.dragged) }

func (u Update) dragged() bool { return u.Dragged }

// movedLast moves some elements behind the others; both keep their order.
func movedLast[E any](list []E, last func(E) bool) []E {
	front := slices.DeleteFunc(slices.Clone(list), last)
	back := slices.DeleteFunc(slices.Clone(list), func(e E) bool { return !last(e) })
	return append(front, back...)
}
