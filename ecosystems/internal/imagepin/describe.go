package imagepin

import (
	"cmp"
	"context"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// The keys of labels with the origin of an image (OCI image specification, "Pre-Defined Annotation Keys").
const (
	labelSource   = "org.opencontainers.image.source"
	labelRevision = "org.opencontainers.image.revision"
	labelVersion  = "org.opencontainers.image.version"
	labelURL      = "org.opencontainers.image.url"
)

// official is the prefix of Docker's official images, whose sources publish no releases.
const official = "docker.io/library/"

// gitTag matches a version label in the form of a git tag.
var gitTag = lazyregexp.New(`^v[0-9]+(\.[0-9]+)+([-+.][0-9A-Za-z.+-]+)?$`)

// Describe returns the links in the labels of the new image. The comparison also
// needs the labels of the image in use.
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
			return ecosystems.Links{}, nil // the home page of a project is not its source
		}
	}
	links := ecosystems.Links{Source: source.URL(), Notes: notes(d.Package.Name, source, after[labelVersion], to.Version.Text)}
	if after[labelRevision] == "" {
		return links, nil
	}
	// Without the labels of the image in use there is no comparison, but the other links hold.
	before, err := l.Images.Labels(ctx, d.Package.Name, cmp.Or(d.Pin.Digest, d.Pin.Version.Text, "latest"))
	if old, ok := codehost.Parse(before[labelSource]); err == nil && ok && old == source {
		links.Compare = source.Compare(before[labelRevision], after[labelRevision])
	}
	return links, ctx.Err()
}

// notes returns the address of the release notes. It uses a version label as a
// tag only if it has the form of one and agrees with the image's tag, because
// images inherit labels from their base image.
func notes(name string, source codehost.Repository, label, tag string) string {
	if strings.HasPrefix(name, official) {
		return ""
	}
	if gitTag.MatchString(label) && strings.HasPrefix(strings.TrimPrefix(tag, "v"), strings.TrimPrefix(label, "v")) {
		return source.Tag(label)
	}
	return source.Releases()
}
