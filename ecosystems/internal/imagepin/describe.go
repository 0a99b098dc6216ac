package imagepin

import (
	"cmp"
	"context"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// What images say about where they come from (OCI image specification, "Pre-Defined Annotation Keys").
const (
	labelSource   = "org.opencontainers.image.source"
	labelRevision = "org.opencontainers.image.revision"
	labelVersion  = "org.opencontainers.image.version"
	labelURL      = "org.opencontainers.image.url"
)

// official begins the names of Docker's own images: their sources publish no releases.
const official = "docker.io/library/"

// gitTag is a version label that is spelt as tags in git are, and in no other place.
var gitTag = lazyregexp.New(`^v[0-9]+(\.[0-9]+)+([-+.][0-9A-Za-z.+-]+)?$`)

// Describe returns what the images of both sides say about where they come from.
// An old image that is gone, or tells nothing, has no comparison.
func (l Lookup) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	if l.Images == nil {
		return ecosystems.Links{}, nil
	}
	after, err := l.Images.Labels(ctx, d.Package.Name, cmp.Or(to.Digest, to.Version.Text, "latest"))
	if err != nil {
		return ecosystems.Links{}, err
	}
	source, ok := codehost.Parse(after[labelSource])
	if !ok {
		if source, ok = codehost.Parse(after[labelURL]); !ok || source.Releases() == "" {
			return ecosystems.Links{}, nil // the address of a project's pages is no source
		}
	}
	links := ecosystems.Links{Source: source.URL(), Notes: notes(d.Package.Name, source, after[labelVersion], to.Version.Text)}
	if after[labelRevision] == "" {
		return links, nil
	}
	before, err := l.Images.Labels(ctx, d.Package.Name, cmp.Or(d.Pin.Digest, d.Pin.Version.Text, "latest"))
	if old, ok := codehost.Parse(before[labelSource]); err == nil && ok && old == source {
		links.Compare = source.Compare(before[labelRevision], after[labelRevision])
	}
	return links, ctx.Err()
}

// notes returns where the release notes are. A label is believed to name a tag
// only where it is spelt like one and agrees with the image's own tag: labels
// are inherited from the image below.
func notes(name string, source codehost.Repository, label, tag string) string {
	if strings.HasPrefix(name, official) {
		return ""
	}
	if gitTag.MatchString(label) && strings.HasPrefix(strings.TrimPrefix(tag, "v"), strings.TrimPrefix(label, "v")) {
		return source.Tag(label)
	}
	return source.Releases()
}
