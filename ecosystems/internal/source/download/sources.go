package download

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A row is one source: its addresses, how its projects are named, and its two
// queries.
type row struct {
	name     string
	project  string               // canonical name with groups of the patterns in braces: "github.com/{owner}/{repo}"
	urls     []*lazyregexp.Regexp // patterns of addresses without a scheme; the group tag is the version, the others are Vars
	versions lister
	files    func(ctx context.Context, c *Client, p Project, w Wanted) (List, error) // nil if no checksums are published
}

func urls(patterns ...string) (list []*lazyregexp.Regexp) {
	for _, p := range patterns {
		list = append(list, lazyregexp.New(`^(?:`+p+`)$`))
	}
	return list
}

// tag matches the segment of an address that is the version.
const tag = `(?P<tag>[^/]+)`

// table holds the sources. The first row that matches an address is used.
var table = rows()

func rows() []row {
	return slices.Concat([]row{
		githubRelease(), githubArchive(), githubRaw(), gitRow(), goRow(), nodeRow(), pythonRow(), hashicorpRow(),
	}, kubernetesRows(), []row{apacheRow(), mavenRow(), redisRow()}, rustRows(), []row{phpRow(), npmRow()}, folderRows())
}

func rowOf(name string) (row, bool) {
	n := slices.IndexFunc(table, func(r row) bool { return r.name == name })
	if n < 0 {
		return row{}, false
	}
	return table[n], true
}

// A Place is the project that an address names, and where its version is.
type Place struct {
	Project
	Start, End int // of the version in the address, as byte offsets
}

// Read returns what an address ("https://…") names; ok is false if no source
// matches. Unknown parts of the address are written as Open.
func Read(address string) (p Place, ok bool) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found || scheme != "https" && scheme != "http" || len(address) > 2048 {
		return Place{}, false
	}
	for _, r := range table {
		for _, pattern := range r.urls {
			if m := pattern.FindStringSubmatchIndex(rest); m != nil {
				return r.place(pattern, rest, m, len(address)-len(rest)), true
			}
		}
	}
	return Place{}, false
}

// Open replaces an unknown part of an address, such as the architecture that a
// script reads from the machine.
const Open = "\x00"

func (r row) place(pattern *lazyregexp.Regexp, rest string, m []int, offset int) Place {
	p := Place{Project: Project{Source: r.name, Vars: map[string]string{}}}
	for n, name := range pattern.SubexpNames() {
		switch {
		case name == "" || m[2*n] < 0:
		case name == "tag":
			p.Start, p.End = m[2*n]+offset, m[2*n+1]+offset
		default:
			p.Vars[name] = rest[m[2*n]:m[2*n+1]]
		}
	}
	p.Name = r.project
	for k, v := range p.Vars {
		p.Name = strings.ReplaceAll(p.Name, "{"+k+"}", v)
	}
	return p
}

// ProjectOf returns the project of a canonical name.
func ProjectOf(source, name string) (Project, bool) {
	r, ok := rowOf(source)
	if !ok {
		return Project{}, false
	}
	p := Project{Source: source, Name: name, Vars: map[string]string{}}
	pattern := regexp.QuoteMeta(r.project)
	// QuoteMeta has also quoted the braces.
	pattern = holes.ReplaceAllString(pattern, `(?P<$1>.+?)`)
	expr, err := regexp.Compile("^" + pattern + "$")
	if err != nil {
		return Project{}, false
	}
	m := expr.FindStringSubmatch(name)
	if m == nil {
		return Project{}, false
	}
	for n, group := range expr.SubexpNames() {
		if group != "" {
			p.Vars[group] = m[n]
		}
	}
	return p, true
}

var holes = lazyregexp.New(`\\\{([a-z]+)\\\}`)

// A lister lists the versions of a project.
type lister func(ctx context.Context, c *Client, p Project) ([]Release, error)

// tagsOf lists the tags of a git repository as versions.
func tagsOf(repository func(p Project) string) lister {
	return func(ctx context.Context, c *Client, p Project) ([]Release, error) {
		tags, err := c.tags(ctx, c.at(repository(p)))
		var out []Release
		for _, t := range tags {
			out = append(out, Release{Tag: t.Name})
		}
		return out, err
	}
}

// tagsIn lists the tags of one repository, such as "github.com/helm/helm". Addresses of
// files have the prefix is where tags have was; tags without was are left out.
func tagsIn(repository, was, is string) lister {
	list := tagsOf(func(Project) string { return "https://" + repository })
	return func(ctx context.Context, c *Client, p Project) ([]Release, error) {
		all, err := list(ctx, c, p)
		var out []Release
		for _, r := range all {
			if rest, ok := strings.CutPrefix(r.Tag, was); ok {
				out = append(out, Release{Tag: is + rest})
			}
		}
		return out, err
	}
}

// segment escapes a text for the path of an address.
func segment(s string) string { return url.PathEscape(s) }
