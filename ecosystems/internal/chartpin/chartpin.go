// Package chartpin reads, looks up and edits the versions of Helm charts, for
// every kind of file that names one: from a repository with an index, or from
// a registry of OCI artifacts, exact or as a range.
//
// Which keys name a chart is known to the kinds of files; what is published,
// to the sources.
package chartpin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Repositories tells which versions of a chart a repository with an index has.
// Package chartrepo implements it.
type Repositories interface {
	Versions(ctx context.Context, repository, chart string) (ecosystems.Listing, error)
}

// Word is the Package.Kind of charts.
const Word = "helm"

// registry is the Package.Index of charts in registries; their Name is that of the repository.
const registry = "oci"

// Kind says what a chart is.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: Word, Noun: "Helm chart", Plural: "Helm charts"}
}

// noDigest is why no digest is written beside a chart.
const noDigest = "a chart has no place for a digest"

// exact is a version as charts have it (SemVer 2).
var exact = lazyregexp.New(`^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)

// Read reads the version of a chart that stands in a scalar. address is where the
// chart is fetched from, "" for a chart of the repository that the file is in.
func Read(r *yamlimage.Reader, name, address string, v *yaml.Node) ecosystems.Dependency {
	v = yamltext.Target(v)
	d := r.Broken(v, ecosystems.Unsupported, "the version is written with escapes or over several lines")
	at, ok := r.Scalar(v).Span()
	if !ok || v.Kind != yaml.ScalarNode {
		return d
	}
	d = ecosystems.Dependency{Ecosystem: d.Ecosystem, Name: name, At: []ecosystems.Span{at}, Direct: true, Ignored: r.Ignored(at.Start)}
	d.Pin = ecosystems.Pin{Text: v.Value, NoDigest: noDigest}
	if d.Package, d.Skip = PackageOf(name, address); d.Skip.IsZero() {
		d.Skip = pin(&d.Pin)
	}
	if plain(r, at) {
		d.Own = yamlimage.Plain{}
	}
	return d
}

// plain reports whether no quotes stand around a scalar.
func plain(r *yamlimage.Reader, at ecosystems.Span) bool {
	return at.Start == 0 || !strings.ContainsAny(r.Src[at.Start-1:at.Start], `"'`)
}

// pin reads what the text of a version means.
func pin(p *ecosystems.Pin) ecosystems.Reason {
	text := strings.TrimSpace(p.Text)
	if imagepin.IsTemplate(text) || strings.ContainsAny(text, "${}") {
		return ecosystems.Reason{Code: ecosystems.Variable, Text: "something fills the version in"}
	}
	if exact.MatchString(p.Text) {
		v, ok := semver.Parse(p.Text)
		if !ok {
			return ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("%.60q is not a semantic version", p.Text)}
		}
		p.Version = v
		return ecosystems.Reason{}
	}
	r, err := semver.ParseRange(p.Text)
	switch {
	case err != nil:
		return ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("%.60q is neither a semantic version nor a range of them", p.Text)}
	case text == "*" || text == "x" || text == "X":
		return ecosystems.Reason{Code: ecosystems.Unsupported, Text: "any version: Helm takes the newest one"}
	}
	p.Admits = r.Admits
	return ecosystems.Reason{}
}

// PackageOf returns what is published of a chart, or why that is not known.
func PackageOf(name, address string) (ecosystems.Package, ecosystems.Reason) {
	scheme, rest, _ := strings.Cut(address, "://")
	why := func(code, text string) (ecosystems.Package, ecosystems.Reason) {
		return ecosystems.Package{}, ecosystems.Reason{Code: code, Text: text}
	}
	switch {
	case imagepin.IsTemplate(address) || strings.ContainsAny(address, "${}"):
		return why(ecosystems.Variable, "something fills the repository in")
	case address == "" || scheme == "file":
		return why(ecosystems.Path, "a chart of this repository")
	case strings.HasPrefix(address, "@") || strings.HasPrefix(address, "alias:"):
		return why(ecosystems.URL, "the repository has a short name, which only the machine that builds knows")
	case scheme == registry:
		ref, err := imageref.Parse(strings.TrimSuffix(rest, "/") + "/" + name)
		if err != nil || ref.Tag != "" || ref.Digest != "" {
			return why(ecosystems.Malformed, "not the address of a chart in a registry")
		}
		return ecosystems.Package{Kind: Word, Name: ref.Repository, Index: registry}, ecosystems.Reason{}
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return why(ecosystems.URL, "the repository has no address that can be asked")
	case u.User != nil:
		return why(ecosystems.URL, "the address of the repository holds a login, which is not used")
	}
	return ecosystems.Package{Kind: Word, Name: name, Index: strings.TrimSuffix(address, "/")}, ecosystems.Reason{}
}

// IsChart reports whether a dependency is a chart.
func IsChart(d ecosystems.Dependency) bool { return d.Pin.NoDigest == noDigest }

// A Lookup answers what is published of images and of charts.
type Lookup struct {
	imagepin.Lookup
	Charts Repositories // nil for none
}

// Versions returns what is published of an image or a chart.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	switch {
	case pkg.Kind != Word:
		return l.Lookup.Versions(ctx, pkg)
	case pkg.Index == registry:
		tags, err := l.Images.Versions(ctx, pkg.Name)
		return ecosystems.Listing{Candidates: charts(tags.Candidates, registered)}, err
	case l.Charts == nil:
		return ecosystems.Listing{}, errors.New("no repository of charts to ask")
	}
	listing, err := l.Charts.Versions(ctx, pkg.Index, pkg.Name)
	listing.Candidates = charts(listing.Candidates, func(text string) string { return text })
	return listing, err
}

// registered is the version of a chart whose tag it is: "+" is no letter of a tag (Helm's registry client writes "_").
func registered(tag string) string { return strings.ReplaceAll(tag, "_", "+") }

// charts reads versions as those of charts; what is none is left out.
func charts(list []version.Candidate, named func(string) string) (kept []version.Candidate) {
	for _, c := range list {
		if v, ok := semver.Parse(named(c.Version.Text)); ok {
			c.Version = v
			kept = append(kept, c)
		}
	}
	return kept
}

// Pins returns the target of a chart as it is, for it has no digest.
func (l Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	if d.Package.Kind == Word {
		return ecosystems.Target{Version: v, Unchanged: v.Text == d.Pin.Text}, nil
	}
	return l.Lookup.Pins(ctx, d, v)
}

// Published returns when a version was made. Repositories say so themselves.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	switch {
	case d.Package.Kind != Word:
		return l.Lookup.Published(ctx, d, v)
	case d.Package.Index != registry || v.IsZero():
		return time.Time{}, nil
	}
	return l.Images.Published(ctx, d.Package.Name, strings.ReplaceAll(v.Text, "+", "_"))
}

// Describe returns where to read about an update.
func (l Lookup) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	if d.Package.Kind == Word {
		return ecosystems.Links{}, nil
	}
	return l.Lookup.Describe(ctx, d, to)
}

// Edit returns the replacements that bring d, an image or a chart, to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if !IsChart(d) {
		return yamlimage.Edit(d, to)
	}
	text, err := moved(d, to.Version)
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", d.Name, err)
	}
	if text == d.Pin.Text {
		return nil, nil
	}
	if _, ok := d.Own.(yamlimage.Plain); ok {
		text = yamlimage.Quoted(text)
	}
	return []ecosystems.Edit{{At: d.At[0], Old: d.Pin.Text, New: text}}, nil
}

// moved returns the text that brings a pin to a version.
func moved(d ecosystems.Dependency, v version.Version) (string, error) {
	switch {
	case !d.Skip.IsZero():
		return "", errors.New("it is skipped: " + d.Skip.Text)
	case !exact.MatchString(v.Text):
		return "", fmt.Errorf("%.60q is no version of a chart", v.Text)
	case d.Pin.Admits == nil:
		return v.Text, nil
	}
	r, err := semver.ParseRange(d.Pin.Text)
	if err != nil {
		return "", err
	}
	return r.Move(v)
}
