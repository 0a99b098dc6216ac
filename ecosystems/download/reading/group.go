package reading

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Place is the position of a version in a file.
type Place struct {
	Start, End int
	Separator  byte // between its numbers
	Named      bool // the version is the value of a variable
}

// A Group holds the places that move together: one version of one project in one stage.
type Group struct {
	Project  source.Project
	Template spelling.Template
	Version  string // with dots
	Places   []Place
	From     []*Address
	Literals []*shelltext.Literal // the literals with the version or a part of the address
	Stage    *Stage
	Lines    []string // prefixes that the version must keep, because another text of the file has them: "3.2"
	Skip     ecosystems.Reason
	At       int // its offset, for a group without places
	shown    string
	Hidden   bool // an address without a version, which only owns checksums

	Annotation *Annotation       // the comment that names the project; nil for none
	Asked      source.Project    // whose versions count, where a comment names another project
	AskedBy    spelling.Template // of its tags
}

// GroupsOf returns the groups of each stage, including those that cannot move, with the reason.
func GroupsOf(stages []*Stage) [][]*Group {
	all := make([][]*Group, len(stages))
	for n, st := range stages {
		all[n] = st.groups()
	}
	// After all groups are known, because a value may belong to a group of another stage.
	for n, st := range stages {
		for _, g := range all[n] {
			g.relate(st, slices.Concat(all...))
		}
	}
	return all
}

// Repeats reports whether a group repeats one of another stage: it has the same
// places, and no checksum in its own stage may belong to it.
func (g *Group) Repeats(o *Group, groups []*Group) bool {
	return g.Stage != o.Stage && len(g.Places) > 0 && g.same(o) && slices.Equal(g.Places, o.Places) && !g.NeedsList(groups)
}

// groups returns the groups for the addresses of a stage.
func (st *Stage) groups() []*Group {
	var list []*Group
	for _, a := range st.addresses {
		g := st.grouped(a)
		if g == nil { // it is kept, because a checksum beside it belongs to no other group
			g = &Group{Stage: st, From: []*Address{a}, At: a.At, shown: Shown(a.S), Hidden: true}
		}
		n := slices.IndexFunc(list, func(o *Group) bool { return o.same(g) })
		if n < 0 {
			list = append(list, g)
			continue
		}
		list[n].merge(g)
	}
	return list
}

func (g *Group) same(o *Group) bool {
	return g.Project.Source == o.Project.Source && g.Project.Name == o.Project.Name && g.Template == o.Template && g.Version == o.Version && g.Skip == o.Skip && g.Hidden == o.Hidden &&
		(g.Version != "" || g.At == o.At)
}

func (g *Group) merge(o *Group) {
	for _, p := range o.Places {
		g.place(p)
	}
	g.From = append(g.From, o.From...)
	for _, l := range o.Literals {
		if !slices.Contains(g.Literals, l) {
			g.Literals = append(g.Literals, l)
		}
	}
}

func (g *Group) place(p Place) {
	for n, q := range g.Places {
		if q.Start == p.Start && q.End == p.End {
			g.Places[n].Named = q.Named || p.Named
			return
		}
	}
	g.Places = append(g.Places, p)
}

// grouped returns the group for one address; nil if the address has no version.
func (st *Stage) grouped(a *Address) *Group {
	g := &Group{Stage: st, From: []*Address{a}, At: a.At, shown: Shown(a.S)}
	if a.of != nil {
		g.Literals = append(g.Literals, a.of)
	}
	g.Literals = append(g.Literals, a.Text.From...)
	if !a.Known {
		return g.unknown(a)
	}
	g.Project = a.Place.Project
	f, why := versionOf(a)
	switch {
	case why != "":
		g.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
		return g
	case f.version == "":
		return g.unversioned(a)
	case commit.MatchString(a.S[f.start:f.end]):
		return nil // a commit may begin like a version
	}
	g.Version, g.Template = f.version, f.template
	if why := g.locate(a, f); why != "" {
		g.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
	}
	return g
}

var commit = lazyregexp.New(`^[0-9a-f]{40}`)

// Shown returns an address for display, with * for unknown parts.
func Shown(s string) string { return strings.ReplaceAll(s, source.Open, "*") }

// unversioned sets the reason for an address without a version: of the newest release, or of a branch.
func (g *Group) unversioned(a *Address) *Group {
	if !strings.Contains(a.S, "latest") {
		return nil
	}
	g.Skip = ecosystems.Reason{Code: ecosystems.URL, Text: "the address names the latest version, so every build may get another file"}
	return g
}

var (
	fileName = lazyregexp.New(`(?i)\.(?:tar(?:\.[a-z0-9]+)?|tgz|tbz2?|txz|zip|jar|war|deb|rpm|apk|exe|msi|phar|appimage|run|gz|xz|bz2|zst|whl|bin)$`)
	latest   = lazyregexp.New(`^https?://github\.com/([^/]+/[^/]+)/releases/latest/download/`)
)

// unknown sets the reason for an address on an unknown host, if it is a download with a version.
func (g *Group) unknown(a *Address) *Group {
	if m := latest.FindStringSubmatch(a.S); m != nil {
		g.shown = m[1]
		g.Skip = ecosystems.Reason{Code: ecosystems.URL, Text: "the address names the latest release, so every build may get another file"}
		return g
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(a.S, "https://"), "http://")
	host, file, _ := strings.Cut(rest, "/")
	file, _, _ = strings.Cut(file, "?")
	at := dotted.FindStringIndex(file)
	if at == nil || !fileName.MatchString(file) || strings.Contains(host, source.Open) {
		return nil // a page or an API, no download
	}
	offset := len(a.S) - len(rest) + len(host) + 1
	start, end := a.within(offset+at[0], offset+at[1])
	g.shown = strings.TrimPrefix(strings.TrimPrefix(g.shown, "https://"), "http://")
	g.Project = source.Project{Source: "", Name: host + "/" + path.Dir(strings.ReplaceAll(file, source.Open, "*"))}
	g.Version = a.S[start:end]
	g.Template = spelling.Template{Separator: '.'}
	if why := g.locate(a, find{g.Version, g.Template, start, end}); why != "" {
		g.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
		return g
	}
	g.Skip = ecosystems.Reason{Code: ecosystems.URL, Text: "nothing is known of the versions at " + host + `; a comment "# renovate: datasource=… depName=…" above the version names where they are`}
	return g
}

var dotted = lazyregexp.New(`[0-9]+(?:\.[0-9]+)+[0-9A-Za-z]*`)

// within extends a version to the whole value of its variable.
func (a *Address) within(start, end int) (int, int) {
	for _, l := range a.Text.From {
		n := len(l.Value.S)
		for i := range a.S {
			if n > 0 && i <= start && i+n >= end && i+n <= len(a.S) && a.S[i:i+n] == l.Value.S && a.Text.At[i] == l.Value.At[0] {
				if _, ok := release.Parse(l.Value.S); ok {
					return i, i + n
				}
			}
		}
	}
	return start, end
}

// locate adds the positions in the file of each occurrence of the version in an address. why says that one has no position.
func (g *Group) locate(a *Address, f find) (why string) {
	spots := [][2]int{{f.start, f.end}}
	for _, m := range spelling.Occurrences(a.S, f.version) {
		if m[0] >= f.end || m[1] <= f.start {
			spots = append(spots, m)
		}
	}
	for _, m := range spots {
		sep, ok := spelling.FormOf(a.S[m[0]:m[1]], f.version)
		if !ok {
			sep = '.'
		}
		at, ok := a.Contiguous(m[0], m[1])
		switch {
		case ok:
			g.place(Place{at, at + m[1] - m[0], sep, a.isValue(at, m[1]-m[0])})
		case !g.derived(a, m):
			return "the version is put together from several texts"
		}
	}
	for _, l := range a.Text.From {
		g.held(l)
	}
	return ""
}

// isValue reports whether text in the file is a part of the value of a variable of the address.
func (a *Address) isValue(at, n int) bool {
	return slices.ContainsFunc(a.Text.From, func(l *shelltext.Literal) bool {
		return len(l.Value.At) > 0 && at >= l.Value.At[0] && at+n <= l.Value.At[len(l.Value.At)-1]+1 && !strings.Contains(l.Value.S, "://")
	})
}

// derived reports whether a version without a position was derived from a value that is the version.
func (g *Group) derived(a *Address, m [2]int) bool {
	if slices.ContainsFunc(a.Text.At[m[0]:m[1]], func(at int) bool { return at >= 0 }) {
		all := true
		for _, l := range a.Text.From {
			all = all && (len(l.Value.S) == 0 || len(spelling.Occurrences(l.Value.S, g.Version)) > 0 || !strings.ContainsAny(l.Value.S, "0123456789"))
		}
		if !all {
			return false
		}
	}
	return slices.ContainsFunc(a.Text.From, func(l *shelltext.Literal) bool { return g.held(l) })
}

// held adds the place of a version that is the value of a variable, possibly with
// the prefix or suffix of a tag, and reports whether it is.
func (g *Group) held(l *shelltext.Literal) bool {
	for _, m := range spelling.Occurrences(l.Value.S, g.Version) {
		before := l.Value.S[:m[0]]
		if at, ok := l.Value.Contiguous(m[0], m[1]); ok && (before == "" || before == g.Template.Before || before == "v") && (m[1] == len(l.Value.S) || l.Value.S[m[1]:] == g.Template.After) {
			sep, _ := spelling.FormOf(l.Value.S[m[0]:m[1]], g.Version)
			g.place(Place{at, at + m[1] - m[0], sep, true})
			return true
		}
	}
	return false
}

// keep records a prefix of the version that another text has, so the version must keep it.
func (g *Group) keep(line string) {
	if line != "" && (strings.HasPrefix(g.Version, line+".") || g.Version == line) && !slices.Contains(g.Lines, line) {
		g.Lines = append(g.Lines, line)
	}
}

var (
	minorFolder = lazyregexp.New(`(?:^|[/v-])([0-9]+\.[0-9]+)(?:\.x)?(?:/|$)`)
	majorFolder = lazyregexp.New(`(?:/v|-v?|/)([0-9]{1,2})(?:\.x)?/`)
)

// folders records the release lines in the folders of an address: /tomcat-9/v9.0.80/.
func (g *Group) folders(a *Address) {
	for _, expr := range []*lazyregexp.Regexp{minorFolder, majorFolder} {
		for _, m := range expr.FindAllStringSubmatchIndex(a.S, 20) {
			if _, literal := a.Contiguous(m[2], m[3]); literal && strings.Count(g.Version, ".") > strings.Count(a.S[m[2]:m[3]], ".") {
				g.keep(a.S[m[2]:m[3]])
			}
		}
	}
}

// Admits returns why a version cannot be written in the places of the group, "" if it can.
func (g *Group) Admits(version string) string {
	for _, line := range g.Lines {
		if !strings.HasPrefix(version, line+".") && version != line {
			return fmt.Sprintf("%s stands in another text of the file, which would have to change too", line)
		}
	}
	return ""
}

// Name returns the name of the project for display.
func (g *Group) Name() string {
	p := g.Project
	if g.Annotation != nil {
		p = g.Asked
	}
	switch p.Source {
	case "":
		return cmp.Or(g.shown, p.Name)
	case "hashicorp":
		return p.Vars["product"]
	case "maven":
		return p.Vars["group"] + ":" + p.Vars["artifact"]
	case "npm", "gnu":
		return p.Vars["package"]
	case "apache":
		return path.Base(p.Vars["parent"])
	}
	if name, ok := strings.CutPrefix(p.Name, "github.com/"); ok && strings.HasPrefix(p.Source, "git") {
		return name
	}
	if p.Source == "git" {
		return p.Name
	}
	return p.Source
}
