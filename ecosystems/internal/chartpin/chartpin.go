// Package chartpin reads, looks up and edits the versions of Helm charts for all
// kinds of files: charts in a repository with an index or in an OCI registry, with
// an exact version or a range.
//
// The ecosystems that use it know the keys of their files; the sources list
// versions.
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

// Repositories looks up charts in repositories with an index. Package chartrepo
// implements it.
type Repositories interface {
	// Versions lists the versions of a chart in the repository at an address.
	Versions(ctx context.Context, repository, chart string) (ecosystems.Listing, error)
}

// Word is the Package.Kind of charts.
const Word = "helm"

// registry is the Package.Index of charts in registries. Their Name is that of the repository.
const registry = "oci"

// Kind describes charts.
func Kind() ecosystems.Kind {
	return ecosystems.Kind{Word: Word, Noun: "Helm chart", Plural: "Helm charts"}
}

// noDigest is why a chart gets no digest.
const noDigest = "a chart has no place for a digest"

// exact matches an exact version of a chart (SemVer 2).
var exact = lazyregexp.New(`^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)

// Read returns the dependency for the version of a chart in a scalar. address is
// that of the chart's repository, "" for a chart in the same git repository.
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

// plain reports whether a scalar has no quotes.
func plain(r *yamlimage.Reader, at ecosystems.Span) bool {
	return at.Start == 0 || !strings.ContainsAny(r.Src[at.Start-1:at.Start], `"'`)
}

// pin parses the text of a pin and sets its version or range.
func pin(p *ecosystems.Pin) ecosystems.Reason {
	text := strings.TrimSpace(p.Text)
	if imagepin.IsTemplate(text) || strings.ContainsAny(text, "${}") {
		return ecosystems.Reason{Code: ecosystems.Variable, Text: "something fills the version in"}
	}
	// Before ranges, because an exact version is one too.
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

// PackageOf returns the package of a chart, or the reason why it cannot be looked up.
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
	case u.User != nil: // it must not get into requests, caches and reports
		return why(ecosystems.URL, "the address of the repository holds a login, which is not used")
	}
	return ecosystems.Package{Kind: Word, Name: name, Index: strings.TrimSuffix(address, "/")}, ecosystems.Reason{}
}

// A Lookup looks up and edits charts.
type Lookup struct {
	Registry     imagepin.Registries // for charts in OCI registries
	Repositories Repositories        // for those in repositories with an index
}

// Versions returns the published versions of a chart.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if pkg.Index == registry {
		tags, err := l.Registry.Versions(ctx, pkg.Name)
		return ecosystems.Listing{Candidates: charts(tags.Candidates, registered)}, err
	}
	listing, err := l.Repositories.Versions(ctx, pkg.Index, pkg.Name)
	listing.Candidates = charts(listing.Candidates, func(text string) string { return text })
	return listing, err
}

// registered returns the version for the tag of a chart. Tags cannot have "+", so
// Helm's registry client writes "_".
func registered(tag string) string { return strings.ReplaceAll(tag, "_", "+") }

// charts parses versions as those of charts and leaves out invalid ones.
func charts(list []version.Candidate, named func(string) string) (kept []version.Candidate) {
	for _, c := range list {
		if v, ok := semver.Parse(named(c.Version.Text)); ok {
			c.Version = v
			kept = append(kept, c)
		}
	}
	return kept
}

// Pins returns the target for a version. Charts have no digest.
func (l Lookup) Pins(_ context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{Version: v, Unchanged: v.Text == d.Pin.Text}, nil
}

// Published returns when a version was published. For charts in a repository it
// returns the zero time, because the listing has the dates.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	// The zero version of a range in use is no tag.
	if d.Package.Index != registry || v.IsZero() {
		return time.Time{}, nil
	}
	return l.Registry.Published(ctx, d.Package.Name, strings.ReplaceAll(v.Text, "+", "_"))
}

// Describe returns no links: charts have none.
func (l Lookup) Describe(context.Context, ecosystems.Dependency, ecosystems.Target) (ecosystems.Links, error) {
	return ecosystems.Links{}, nil
}

// Edit returns the replacements that move d to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
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

// moved returns the new text of a pin for a version.
func moved(d ecosystems.Dependency, v version.Version) (string, error) {
	switch {
	case !d.Skip.IsZero():
		return "", errors.New("it is skipped: " + d.Skip.Text)
	case !exact.MatchString(v.Text): // the text comes from a server, and could end the value
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
