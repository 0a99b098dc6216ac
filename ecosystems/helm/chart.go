package helm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Charts is what is needed of repositories of charts.
type Charts interface {
	// Versions returns what a repository (its address) has of a chart.
	Versions(ctx context.Context, repository, chart string) (ecosystems.Listing, error)
}

// kind is the kind of package that a chart of a classic repository is. One in a
// registry is an artifact there, and looked up as images are.
const kind = "helm"

func chartKind() ecosystems.Kind {
	return ecosystems.Kind{Word: kind, Noun: "Helm chart", Plural: "Helm charts"}
}

// A chart reads the dependencies of one chart.
type chart struct {
	*yamlimage.Reader
	lock map[string]string // the versions that Chart.lock holds, by name; nil where there is none
}

// lockOf reads the lock beside a chart; an unreadable one holds everything.
func lockOf(repo fs.FS, file string) map[string]string {
	name := "Chart.lock"
	if strings.HasPrefix(path.Base(file), "requirements.") {
		name = "requirements.lock"
	}
	in, err := yamlimage.Open(Name, repo, path.Join(path.Dir(file), name), nil)
	if err != nil {
		return nil
	}
	held := map[string]string{}
	for _, d := range in.Documents {
		for _, one := range in.List(d.Root, "dependencies") {
			held[in.Text(one, "name")] = in.Text(one, "version")
		}
	}
	return held
}

func (c *chart) dependencies(root *yaml.Node) {
	for _, one := range c.List(root, "dependencies") {
		v := yamltext.Target(c.Field(one, "version"))
		name := c.Text(one, "name")
		if yamlimage.IsEmpty(v) || name == "" {
			continue
		}
		d := c.dependency(name, c.Text(one, "repository"), v)
		d.Ignored = c.Ignored(c.Offset(v))
		c.Add(d)
	}
}

// exact is a version as it is published; whatever else stands there is a range.
var exact = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)

func (c *chart) dependency(name, repository string, v *yaml.Node) ecosystems.Dependency {
	at, ok := c.Scalar(v).Span()
	d := c.Broken(v, ecosystems.Unsupported, "the version is written with escapes or over several lines")
	if !ok {
		return d
	}
	text := v.Value
	d.Name, d.At, d.Skip = name, []ecosystems.Span{at}, ecosystems.Reason{}
	d.Pin = ecosystems.Pin{Text: text, NoDigest: "a chart has no place for a digest"}
	d.Package, d.Skip = packageOf(name, repository)
	switch {
	case !d.Skip.IsZero():
	case imagepin.IsTemplate(text):
		d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills the version in"}
	case !exact.MatchString(text):
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "a range of versions: Helm takes the newest one inside it"}
	case strings.Contains(text, "+") && d.Package.Kind != kind:
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "a version with build metadata has another name in a registry"}
	default:
		d.Pin.Version = dockertag.Parse(text)
	}
	if _, ok := c.lock[name]; ok || c.lock != nil && len(c.lock) == 0 {
		d.Own = locked{}
	}
	return d
}

// packageOf tells where a chart is published.
func packageOf(name, repository string) (ecosystems.Package, ecosystems.Reason) {
	scheme, rest, _ := strings.Cut(repository, "://")
	switch {
	case imagepin.IsTemplate(repository):
		return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills the repository in"}
	case repository == "" || scheme == "file":
		return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.Path, Text: "a chart of this repository"}
	case strings.HasPrefix(repository, "@") || strings.HasPrefix(repository, "alias:"):
		return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.URL, Text: "the repository has a short name, which only the machine that builds knows"}
	case scheme == "oci":
		ref, err := imageref.Parse(strings.TrimSuffix(rest, "/") + "/" + name)
		if err != nil {
			return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.Malformed, Text: "not the address of a chart: " + err.Error()}
		}
		return ecosystems.Package{Kind: imagepin.Kind().Word, Name: ref.Repository}, ecosystems.Reason{}
	}
	u, err := url.Parse(repository)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.URL, Text: "the repository has no address that can be asked"}
	}
	if u.User != nil {
		return ecosystems.Package{}, ecosystems.Reason{Code: ecosystems.URL, Text: "the address of the repository holds a login, which is not used"}
	}
	return ecosystems.Package{Kind: kind, Name: name, Index: strings.TrimSuffix(repository, "/")}, ecosystems.Reason{}
}

// locked is what a dependency keeps that Chart.lock holds too.
type locked struct{}

var _ ecosystems.Limiter = (*Ecosystem)(nil)

// Limit holds what a lock beside the chart names: the lock has a hash over all
// dependencies, and one that contradicts the chart stops every build.
func (*Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	if _, ok := d.Own.(locked); !ok {
		return nil
	}
	return func(version.Version) string {
		return "Chart.lock names it too, and only helm dependency update renews both together"
	}
}

// Versions returns the tags of an image, or the versions of a chart.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if pkg.Kind != kind {
		return e.Lookup.Versions(ctx, pkg)
	}
	if e.charts == nil {
		return ecosystems.Listing{}, errors.New("no repository of charts to ask")
	}
	return e.charts.Versions(ctx, pkg.Index, pkg.Name)
}

// Pins returns the digest of a tag; a chart of a classic repository has none.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	if d.Package.Kind == kind {
		return ecosystems.Target{Version: v, Unchanged: v.Text == d.Pin.Text}, nil
	}
	return e.Lookup.Pins(ctx, d, v)
}

// Published returns when an image was made; a listing of charts has its dates.
func (e *Ecosystem) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if d.Package.Kind == kind {
		return time.Time{}, nil
	}
	return e.Lookup.Published(ctx, d, v)
}

// Describe returns where to read about a move of an image.
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	if d.Package.Kind == kind {
		return ecosystems.Links{}, nil
	}
	return e.Lookup.Describe(ctx, d, to)
}

// Edit returns the replacements that bring d to the target.
func (*Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if to.Version.Text != "" && d.Pin.NoDigest == "a chart has no place for a digest" && !exact.MatchString(to.Version.Text) {
		return nil, fmt.Errorf("edit %s: %q is no version of a chart", d.Name, to.Version.Text)
	}
	return yamlimage.Edit(d, to)
}
