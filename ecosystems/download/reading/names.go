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

// stem returns the subject in the name of a variable: "redis" of REDIS_DOWNLOAD_SHA.
func stem(name string) string {
	for {
		short := suffixes.ReplaceAllString(name, "")
		if short == name {
			return Plain(name)
		}
		name = short
	}
}

// Plain returns a name in a form for comparisons.
func Plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// stems returns the names of a group: those of its variables and of its project.
func (g *Group) stems() (list []string) {
	for _, l := range g.Literals {
		if s := stem(l.Name); s != "" {
			list = append(list, s)
		}
	}
	for _, a := range g.From {
		file := path.Base(strings.SplitN(a.S, "?", 2)[0])
		if n := strings.IndexAny(file, "-_.0123456789"+source.Open); n > 1 { // one letter names nothing
			list = append(list, Plain(file[:n]))
		}
	}
	for _, v := range []string{"repo", "product", "artifact", "package"} {
		if g.Project.Vars[v] != "" {
			list = append(list, Plain(path.Base(g.Project.Vars[v])))
		}
	}
	if g.Project.Source != "" && !strings.HasPrefix(g.Project.Source, "github") {
		list = append(list, g.Project.Source)
	}
	for _, names := range aliases {
		if slices.ContainsFunc(list, func(s string) bool { return slices.Contains(names, s) }) {
			list = append(list, names...)
		}
	}
	return list
}

// aliases are lists of equivalent names.
var aliases = [][]string{{"go", "golang"}, {"node", "nodejs"}, {"python", "python3", "cpython"}, {"kubernetes", "kubectl", "k8s"}, {"postgresql", "postgres", "pg"}, {"maven", "mvn"}, {"rust", "rustc"}}

var lineWords = lazyregexp.New(`(?i)_(?:MAJOR|MINOR|SERIES|BRANCH|LINE)(?:_VERSION)?$|^(?:MAJOR|MINOR|SERIES|BRANCH)(?:_VERSION)?$`)

var versionWords = lazyregexp.New(`(?i)(?:^|_)(?:VERSION|VER|TAG|RELEASE)$`)

var suffixes = lazyregexp.New(`(?i)(?:^|_)(?:VERSION|VER|TAG|RELEASE|REL|URL|URI|LINK|DOWNLOAD|DL|SHA|SHA1|SHA256|SHA512|SHA384|SHA256SUM|SHA512SUM|MD5|CHECKSUM|CHKSUM|HASH|SUM|DIGEST|MAJOR|MINOR|SERIES|BRANCH|LINE|AMD64|X86|64|X64|ARM64|AARCH64|ARMHF|ARMV7|ARM|I386|386|PPC64LE|S390X|RISCV64|LINUX|WINDOWS|FILE|FILENAME|ARCHIVE|TARBALL|BASE|SRC|SOURCE|MIRROR)$`)

// relate adds other values of a stage with the same version of the same project. A
// value with another version holds the group, unless one of all groups uses it.
func (g *Group) relate(st *Stage, all []*Group) {
	if g.Hidden || !g.Skip.IsZero() && g.Project.Source != "" || g.Version == "" {
		return
	}
	stems := g.stems()
	for _, l := range st.literals {
		if !slices.Contains(stems, stem(l.Name)) || slices.Contains(g.Literals, l) {
			continue
		}
		value := strings.TrimPrefix(l.Value.S, "v")
		switch {
		case lineWords.MatchString(l.Name):
			g.keep(value)
		case !versionWords.MatchString(l.Name):
		case g.held(l):
			g.Literals = append(g.Literals, l)
		case g.disagrees(l, value, all):
			g.Skip = ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s says %s, and the address says %s", l.Name, l.Value.S, g.Version)}
		}
	}
	for _, a := range g.From {
		g.folders(a)
	}
	g.mentions(stems)
	// The first place is displayed: that is best the variable with the version.
	slices.SortStableFunc(g.Places, func(a, b Place) int {
		if a.Named != b.Named {
			if a.Named {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Start, b.Start)
	})
}

var word = lazyregexp.New(`[A-Za-z0-9._+~-]+`)

// mentions adds occurrences of the version beside the name of the project, such as
// in file and folder names: "cd redis-3.2.9".
func (g *Group) mentions(stems []string) {
	for _, t := range g.Stage.texts {
		g.defaults(t)
		for _, m := range word.FindAllStringIndex(t.S, -1) {
			w := t.S[m[0]:m[1]]
			for _, o := range spelling.Occurrences(w, g.Version) {
				before := Plain(strings.TrimRight(w[:o[0]], "-_.v"))
				at, ok := t.Contiguous(m[0]+o[0], m[0]+o[1])
				if ok && len(before) > 1 && slices.ContainsFunc(stems, func(s string) bool { return len(s) > 1 && strings.HasSuffix(before, s) }) && !strings.Contains(w, "==") {
					sep, _ := spelling.FormOf(w[o[0]:o[1]], g.Version)
					g.place(Place{at, at + o[1] - o[0], sep, false})
				}
			}
		}
	}
}

var fallback = lazyregexp.New(`\$\{([A-Za-z_][A-Za-z0-9_]*):?[-=]([^}$]*)\}`)

// defaults adds occurrences of the version as the default of the group's variables: ${V:-1.2}.
func (g *Group) defaults(t shelltext.Text) {
	for _, m := range fallback.FindAllStringSubmatchIndex(t.S, 100) {
		name, value := t.S[m[2]:m[3]], t.S[m[4]:m[5]]
		sep, is := spelling.FormOf(strings.TrimPrefix(value, "v"), g.Version)
		if !is || !slices.ContainsFunc(g.Literals, func(l *shelltext.Literal) bool { return l.Name == name }) {
			continue
		}
		start := m[4] + len(value) - len(strings.TrimPrefix(value, "v"))
		if at, ok := t.Contiguous(start, m[5]); ok {
			g.place(Place{at, at + m[5] - start, sep, false})
		}
	}
}

// disagrees reports whether a value is another version of the same project that no address uses.
func (g *Group) disagrees(l *shelltext.Literal, value string, all []*Group) bool {
	v, ok := release.Parse(value)
	// A single number may be anything, and a prefix of the version is its line.
	if !ok || len(v.Release) < 2 || strings.HasPrefix(g.Version, value+".") {
		return false
	}
	return !slices.ContainsFunc(all, func(o *Group) bool { return slices.Contains(o.Literals, l) })
}
