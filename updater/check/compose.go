package check

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
)

// A Compose is a compose file with its projects, merged as Compose merges them.
type Compose struct {
	Name     string // of the file
	Source   string
	Images   []Image // of the services that pull them
	Digests  bool    // the settings want digests
	Projects []*merged.Project
	Repo     fs.FS                  // the repository
	Tracked  func(file string) bool // reports whether git tracks a file; nil if unknown

	all    []*merged.Project // of the repository
	judged map[string]bool   // the compose files that are checked on their own
}

// Judged reports whether a file is checked on its own, so that its findings must
// not be reported for another file that includes it.
func (c *Compose) Judged(file string) bool { return c.judged[file] }

// Beside returns the projects in the same folder that the file does not belong to.
func (c *Compose) Beside() (list []*merged.Project) {
	for _, p := range c.all {
		if path.Dir(p.Files[0]) == path.Dir(c.Name) && !slices.Contains(p.Files, c.Name) {
			list = append(list, p)
		}
	}
	return list
}

// Composes reads the compose files of a repository for the rules. uses has the
// services that build each Dockerfile, by its path. Unreadable files are left out.
func Composes(repo fs.FS, files []string, digests bool) (units []*Compose, uses map[string][]Use) {
	projects := merged.Projects(repo, files)
	byFile := map[string][]*merged.Project{}
	judged := map[string]bool{}
	for _, p := range projects {
		for _, file := range p.Files {
			byFile[file] = append(byFile[file], p)
		}
	}
	for _, file := range slices.Compact(slices.Sorted(slices.Values(files))) {
		src, err := merged.Source(repo, file)
		if err != nil {
			continue
		}
		judged[file] = true
		c := &Compose{judged: judged, Name: file, Source: src, Digests: digests, Projects: byFile[file], Repo: repo, all: projects}
		c.images()
		units = append(units, c)
	}
	return units, usesOf(projects)
}

// images sets the images that services pull.
func (c *Compose) images() {
	found, err := compose.New(nil).Extract(c.Repo, c.Name)
	if err != nil {
		return
	}
	places := c.imagePlaces()
	for _, d := range found {
		if d.Skip.Code != ecosystems.Builds {
			c.Images = append(c.Images, Image{Dependency: d, Stage: serviceAt(places, d.At[0])})
		}
	}
}

// A place is the position of a service's image.
type place struct {
	at      ecosystems.Span
	service string
}

// imagePlaces returns the positions of images in the file, sorted. If several
// services share an image, it returns the first by name.
func (c *Compose) imagePlaces() (places []place) {
	for _, p := range c.Projects {
		for _, s := range p.Services {
			if image := s.Node.Get("image"); image != nil && image.At.File == c.Name {
				places = append(places, place{image.At, s.Name})
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.at.Start, b.at.Start), strings.Compare(a.service, b.service))
	})
	return slices.CompactFunc(places, func(a, b place) bool { return a.at == b.at })
}

func serviceAt(places []place, at ecosystems.Span) string {
	i, found := slices.BinarySearchFunc(places, at.Start, func(p place, start int) int { return cmp.Compare(p.at.Start, start) })
	if !found { // the image may be a part of the value: then the place before it contains it
		i--
	}
	if i >= 0 && places[i].at.File == at.File && at.End <= places[i].at.End {
		return places[i].service
	}
	return ""
}

// usesOf returns the services that build each Dockerfile.
func usesOf(projects []*merged.Project) map[string][]Use {
	uses := map[string][]Use{}
	type use struct{ dockerfile, file, service, target, user string }
	seen := map[use]bool{}
	for _, p := range projects {
		for _, s := range p.Services {
			b, ok := s.Build()
			key := use{b.Dockerfile, s.At.File, s.Name, b.Target, s.Node.Get("user").String()}
			// A service that several projects share is one use, unless they override it.
			if !ok || b.Dockerfile == "" || seen[key] {
				continue
			}
			seen[key] = true
			u := Use{File: s.At.File, Service: s.Name, Target: b.Target, User: s.Node.Get("user").String(), Context: b.Context, Args: map[string]string{}}
			for _, arg := range b.Args {
				if !arg.Value.Null && !arg.Value.Open { // else the environment of the build has the value
					u.Args[arg.Key] = arg.Value.String()
				}
			}
			uses[b.Dockerfile] = append(uses[b.Dockerfile], u)
		}
	}
	return uses
}
