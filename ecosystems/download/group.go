package download

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A place is where a version stands in a file.
type place struct {
	start, end int
	separator  byte // between its numbers
	named      bool // it is the value of a variable
}

// A group is all that moves together: one version of one project in one stage.
type group struct {
	project  source.Project
	template template
	version  string // with dots
	places   []place
	from     []*address
	literals []*literal // whose values hold the version, or a part of the address
	stage    *stage
	lines    []string // beginnings that the version must keep, because another text of the file has them: "3.2"
	skip     ecosystems.Reason
	at       int // where it stands, for a group without places
	shown    string
	hidden   bool // it only owns checksums: an address without a version

	annotation *annotation    // the comment that names the project; nil for none
	asked      source.Project // whose versions count, where a comment names another project
	askedBy    template       // of its tags
}

// groupsOf returns for each stage what can move in it, and what cannot with the reason.
func groupsOf(stages []*stage) [][]*group {
	all := make([][]*group, len(stages))
	for n, st := range stages {
		all[n] = st.groups()
	}
	for n, st := range stages {
		for _, g := range all[n] {
			g.relate(st, slices.Concat(all...))
		}
	}
	return all
}

// repeats reports whether a group is one of another stage once more: the same
// places of the file, and no checksum in its own stage that may belong to it.
func (g *group) repeats(o *group, groups []*group) bool {
	return g.stage != o.stage && len(g.places) > 0 && g.same(o) && slices.Equal(g.places, o.places) && !g.looks(groups)
}

// groups returns what the addresses of a stage name.
func (st *stage) groups() []*group {
	var list []*group
	for _, a := range st.addresses {
		g := st.grouped(a)
		if g == nil {
			g = &group{stage: st, from: []*address{a}, at: a.at, shown: shown(a.s), hidden: true}
		}
		n := slices.IndexFunc(list, func(o *group) bool { return o.same(g) })
		if n < 0 {
			list = append(list, g)
			continue
		}
		list[n].merge(g)
	}
	return list
}

func (g *group) same(o *group) bool {
	return g.project.Source == o.project.Source && g.project.Name == o.project.Name && g.template == o.template && g.version == o.version && g.skip == o.skip && g.hidden == o.hidden &&
		(g.version != "" || g.at == o.at)
}

func (g *group) merge(o *group) {
	for _, p := range o.places {
		g.place(p)
	}
	g.from = append(g.from, o.from...)
	for _, l := range o.literals {
		if !slices.Contains(g.literals, l) {
			g.literals = append(g.literals, l)
		}
	}
}

func (g *group) place(p place) {
	for n, q := range g.places {
		if q.start == p.start && q.end == p.end {
			g.places[n].named = q.named || p.named
			return
		}
	}
	g.places = append(g.places, p)
}

// grouped reads one address; nil where it is none that has a version.
func (st *stage) grouped(a *address) *group {
	g := &group{stage: st, from: []*address{a}, at: a.at, shown: shown(a.s)}
	if a.of != nil {
		g.literals = append(g.literals, a.of)
	}
	g.literals = append(g.literals, a.text.from...)
	if !a.known {
		return g.unknown(a)
	}
	g.project = a.place.Project
	f, why := versionOf(a)
	switch {
	case why != "":
		g.skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
		return g
	case f.version == "":
		return g.unversioned(a)
	case commit.MatchString(a.s[f.start:f.end]):
		return nil // a fixed commit
	}
	g.version, g.template = f.version, f.template
	if why := g.locate(a, f); why != "" {
		g.skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
	}
	return g
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}`)

// shown is an address as it may be shown: what is not known stands as *.
func shown(s string) string { return strings.ReplaceAll(s, source.Open, "*") }

// unversioned is for an address without a version: of the newest release, or of a branch.
func (g *group) unversioned(a *address) *group {
	if !strings.Contains(a.s, "latest") {
		return nil
	}
	g.skip = ecosystems.Reason{Code: ecosystems.URL, Text: "the address names the latest version, so every build may get another file"}
	return g
}

var (
	fileName = regexp.MustCompile(`(?i)\.(?:tar(?:\.[a-z0-9]+)?|tgz|tbz2?|txz|zip|jar|war|deb|rpm|apk|exe|msi|phar|appimage|run|gz|xz|bz2|zst|whl|bin)$`)
	latest   = regexp.MustCompile(`^https?://github\.com/([^/]+/[^/]+)/releases/latest/download/`)
)

// unknown is for an address whose host is no source: it is named where it is a download with a version.
func (g *group) unknown(a *address) *group {
	if m := latest.FindStringSubmatch(a.s); m != nil {
		g.shown = m[1]
		g.skip = ecosystems.Reason{Code: ecosystems.URL, Text: "the address names the latest release, so every build may get another file"}
		return g
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(a.s, "https://"), "http://")
	host, file, _ := strings.Cut(rest, "/")
	file, _, _ = strings.Cut(file, "?")
	at := dotted.FindStringIndex(file)
	if at == nil || !fileName.MatchString(file) || strings.Contains(host, source.Open) {
		return nil
	}
	offset := len(a.s) - len(rest) + len(host) + 1
	start, end := a.within(offset+at[0], offset+at[1])
	g.shown = strings.TrimPrefix(strings.TrimPrefix(g.shown, "https://"), "http://")
	g.project = source.Project{Source: "", Name: host + "/" + path.Dir(strings.ReplaceAll(file, source.Open, "*"))}
	g.version = a.s[start:end]
	g.template = template{separator: '.'}
	if why := g.locate(a, find{g.version, g.template, start, end}); why != "" {
		g.skip = ecosystems.Reason{Code: ecosystems.Variable, Text: why}
		return g
	}
	g.skip = ecosystems.Reason{Code: ecosystems.URL, Text: "nothing is known of the versions at " + host + `; a comment "# renovate: datasource=… depName=…" above the version names where they are`}
	return g
}

var dotted = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)+[0-9A-Za-z]*`)

// within widens a version to the whole value of the variable that it is the value of.
func (a *address) within(start, end int) (int, int) {
	for _, l := range a.text.from {
		for i := range a.s {
			n := len(l.value.s)
			if n > 0 && i <= start && i+n >= end && i+n <= len(a.s) && a.s[i:i+n] == l.value.s && a.text.at[i] == l.value.at[0] {
				if _, ok := release.Parse(l.value.s); ok {
					return i, i + n
				}
			}
		}
	}
	return start, end
}

// locate finds where the version of an address stands in the file, each time that it stands in the address.
func (g *group) locate(a *address, f find) (why string) {
	spots := [][2]int{{f.start, f.end}}
	for _, m := range occurrences(a.s, f.version) {
		if m[0] >= f.end || m[1] <= f.start {
			spots = append(spots, m)
		}
	}
	for _, m := range spots {
		sep, ok := formOf(a.s[m[0]:m[1]], f.version)
		if !ok {
			sep = '.'
		}
		at, ok := a.run(m[0], m[1])
		switch {
		case ok:
			g.place(place{at, at + m[1] - m[0], sep, a.isValue(at, m[1]-m[0])})
		case !g.derived(a, m):
			return "the version is put together from several texts"
		}
	}
	for _, l := range a.text.from {
		g.held(l)
	}
	return ""
}

// isValue reports whether text at a place of the file is a part of the value of a variable of the address.
func (a *address) isValue(at, n int) bool {
	return slices.ContainsFunc(a.text.from, func(l *literal) bool {
		return len(l.value.at) > 0 && at >= l.value.at[0] && at+n <= l.value.at[len(l.value.at)-1]+1 && !strings.Contains(l.value.s, "://")
	})
}

// derived reports whether a version that stands nowhere was made out of a value that is the version.
func (g *group) derived(a *address, m [2]int) bool {
	if slices.ContainsFunc(a.text.at[m[0]:m[1]], func(at int) bool { return at >= 0 }) {
		all := true
		for _, l := range a.text.from {
			all = all && (len(l.value.s) == 0 || len(occurrences(l.value.s, g.version)) > 0 || !strings.ContainsAny(l.value.s, "0123456789"))
		}
		if !all {
			return false
		}
	}
	return slices.ContainsFunc(a.text.from, func(l *literal) bool { return g.held(l) })
}

// held adds the place of a version that is the value of a variable, with what
// may stand around it in a tag, and reports whether it is.
func (g *group) held(l *literal) bool {
	for _, m := range occurrences(l.value.s, g.version) {
		before := l.value.s[:m[0]]
		if at, ok := l.value.run(m[0], m[1]); ok && (before == "" || before == g.template.before || before == "v") && (m[1] == len(l.value.s) || l.value.s[m[1]:] == g.template.after) {
			sep, _ := formOf(l.value.s[m[0]:m[1]], g.version)
			g.place(place{at, at + m[1] - m[0], sep, true})
			return true
		}
	}
	return false
}

var suffixes = regexp.MustCompile(`(?i)(?:^|_)(?:VERSION|VER|TAG|RELEASE|REL|URL|URI|LINK|DOWNLOAD|DL|SHA|SHA1|SHA256|SHA512|SHA384|SHA256SUM|SHA512SUM|MD5|CHECKSUM|CHKSUM|HASH|SUM|DIGEST|MAJOR|MINOR|SERIES|BRANCH|LINE|AMD64|X86|64|X64|ARM64|AARCH64|ARMHF|ARMV7|ARM|I386|386|PPC64LE|S390X|RISCV64|LINUX|WINDOWS|FILE|FILENAME|ARCHIVE|TARBALL|BASE|SRC|SOURCE|MIRROR)$`)

// stem returns what a variable is named after: "redis" of REDIS_DOWNLOAD_SHA.
func stem(name string) string {
	for {
		short := suffixes.ReplaceAllString(name, "")
		if short == name {
			return plain(name)
		}
		name = short
	}
}

// plain makes names comparable.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// stems are the names that a group goes by, those of its variables and of its project.
func (g *group) stems() (list []string) {
	for _, l := range g.literals {
		if s := stem(l.name); s != "" {
			list = append(list, s)
		}
	}
	for _, a := range g.from {
		file := path.Base(strings.SplitN(a.s, "?", 2)[0])
		if n := strings.IndexAny(file, "-_.0123456789"+source.Open); n > 1 {
			list = append(list, plain(file[:n]))
		}
	}
	for _, v := range []string{"repo", "product", "artifact", "package"} {
		if g.project.Vars[v] != "" {
			list = append(list, plain(path.Base(g.project.Vars[v])))
		}
	}
	if g.project.Source != "" && !strings.HasPrefix(g.project.Source, "github") {
		list = append(list, g.project.Source)
	}
	for _, names := range aliases {
		if slices.ContainsFunc(list, func(s string) bool { return slices.Contains(names, s) }) {
			list = append(list, names...)
		}
	}
	return list
}

// aliases are names of one thing.
var aliases = [][]string{{"go", "golang"}, {"node", "nodejs"}, {"python", "python3", "cpython"}, {"kubernetes", "kubectl", "k8s"}, {"postgresql", "postgres", "pg"}, {"maven", "mvn"}, {"rust", "rustc"}}

var lineWords = regexp.MustCompile(`(?i)_(?:MAJOR|MINOR|SERIES|BRANCH|LINE)(?:_VERSION)?$|^(?:MAJOR|MINOR|SERIES|BRANCH)(?:_VERSION)?$`)

var versionWords = regexp.MustCompile(`(?i)(?:^|_)(?:VERSION|VER|TAG|RELEASE)$`)

// relate looks at the other values of a stage: those that are the same version
// of the same thing move too, and one that disagrees holds all, unless it is used
// by any of all groups of the file.
func (g *group) relate(st *stage, all []*group) {
	if g.hidden || !g.skip.IsZero() && g.project.Source != "" || g.version == "" {
		return
	}
	stems := g.stems()
	for _, l := range st.literals {
		if !slices.Contains(stems, stem(l.name)) || slices.Contains(g.literals, l) {
			continue
		}
		value := strings.TrimPrefix(l.value.s, "v")
		switch {
		case lineWords.MatchString(l.name):
			g.keep(value)
		case !versionWords.MatchString(l.name):
		case g.held(l):
			g.literals = append(g.literals, l)
		case g.disagrees(l, value, all):
			g.skip = ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s says %s, and the address says %s", l.name, l.value.s, g.version)}
		}
	}
	for _, a := range g.from {
		g.folders(a)
	}
	g.mentions(stems)
	slices.SortStableFunc(g.places, func(a, b place) int {
		if a.named != b.named {
			if a.named {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.start, b.start)
	})
}

var word = regexp.MustCompile(`[A-Za-z0-9._+~-]+`)

// mentions finds the version where it stands beside the name of the project, as
// in the name of the file or folder that a script works on: "cd redis-3.2.9".
func (g *group) mentions(stems []string) {
	for _, t := range g.stage.texts {
		g.defaults(t)
		for _, m := range word.FindAllStringIndex(t.s, -1) {
			w := t.s[m[0]:m[1]]
			for _, o := range occurrences(w, g.version) {
				before := plain(strings.TrimRight(w[:o[0]], "-_.v"))
				at, ok := t.run(m[0]+o[0], m[0]+o[1])
				if ok && len(before) > 1 && slices.ContainsFunc(stems, func(s string) bool { return len(s) > 1 && strings.HasSuffix(before, s) }) && !strings.Contains(w, "==") {
					sep, _ := formOf(w[o[0]:o[1]], g.version)
					g.place(place{at, at + o[1] - o[0], sep, false})
				}
			}
		}
	}
}

var fallback = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):?[-=]([^}$]*)\}`)

// defaults finds the version where it stands for a variable of the group that is not set: ${V:-1.2}.
func (g *group) defaults(t text) {
	for _, m := range fallback.FindAllStringSubmatchIndex(t.s, 100) {
		name, value := t.s[m[2]:m[3]], t.s[m[4]:m[5]]
		sep, is := formOf(strings.TrimPrefix(value, "v"), g.version)
		if !is || !slices.ContainsFunc(g.literals, func(l *literal) bool { return l.name == name }) {
			continue
		}
		start := m[4] + len(value) - len(strings.TrimPrefix(value, "v"))
		if at, ok := t.run(start, m[5]); ok {
			g.place(place{at, at + m[5] - start, sep, false})
		}
	}
}

// disagrees reports whether a value is another version of the same thing, which no address uses.
func (g *group) disagrees(l *literal, value string, all []*group) bool {
	v, ok := release.Parse(value)
	if !ok || len(v.Release) < 2 || strings.HasPrefix(g.version, value+".") {
		return false
	}
	return !slices.ContainsFunc(all, func(o *group) bool { return slices.Contains(o.literals, l) })
}

// keep notes a text that is the beginning of the version, and so must stay one.
func (g *group) keep(line string) {
	if line != "" && (strings.HasPrefix(g.version, line+".") || g.version == line) && !slices.Contains(g.lines, line) {
		g.lines = append(g.lines, line)
	}
}

var (
	minorFolder = regexp.MustCompile(`(?:^|[/v-])([0-9]+\.[0-9]+)(?:\.x)?(?:/|$)`)
	majorFolder = regexp.MustCompile(`(?:/v|-v?|/)([0-9]{1,2})(?:\.x)?/`)
)

// folders notes the line of the version in the folders of an address: /tomcat-9/v9.0.80/.
func (g *group) folders(a *address) {
	for _, expr := range []*regexp.Regexp{minorFolder, majorFolder} {
		for _, m := range expr.FindAllStringSubmatchIndex(a.s, 20) {
			if _, literal := a.run(m[2], m[3]); literal && strings.Count(g.version, ".") > strings.Count(a.s[m[2]:m[3]], ".") {
				g.keep(a.s[m[2]:m[3]])
			}
		}
	}
}

// admits says why a version cannot stand in the places of the group, "" if it can.
func (g *group) admits(version string) string {
	for _, line := range g.lines {
		if !strings.HasPrefix(version, line+".") && version != line {
			return fmt.Sprintf("%s stands in another text of the file, which would have to change too", line)
		}
	}
	return ""
}

// name is what people call the project.
func (g *group) name() string {
	p := g.project
	if g.annotation != nil {
		p = g.asked
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
