package imagepin

import (
	"context"
	"errors"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

// labelled answers with the labels of images by digest or tag.
type labelled struct {
	registry
	labels map[string]map[string]string
}

func (l *labelled) Labels(_ context.Context, _, ref string) (map[string]string, error) {
	if labels, ok := l.labels[ref]; ok {
		return labels, nil
	}
	return nil, errors.New("gone")
}

func labelsOf(source, revision, version string) map[string]string {
	return map[string]string{labelSource: source, labelRevision: revision, labelVersion: version}
}

func TestDescribe(t *testing.T) {
	const hub = "https://github.com/acme/app"
	for _, c := range []struct {
		name       string
		pkg        string
		old, new   map[string]string // by the digest, "old" and "new"
		from, to   string            // tags
		want       ecosystems.Links
		wantsError bool
	}{
		{"a comparison", "ghcr.io/acme/app", labelsOf(hub, "aaaaaaa", "1.2.3"), labelsOf(hub+".git", "bbbbbbb", "1.2.4"), "1.2.3", "1.2.4",
			ecosystems.Links{Source: hub, Notes: hub + "/releases", Compare: hub + "/compare/aaaaaaa...bbbbbbb"}, false},
		{"a tag of git", "ghcr.io/acme/app", labelsOf(hub, "aaaaaaa", ""), labelsOf(hub, "bbbbbbb", "v1.2.4"), "1.2.3-slim", "1.2.4-slim",
			ecosystems.Links{Source: hub, Notes: hub + "/releases/tag/v1.2.4", Compare: hub + "/compare/aaaaaaa...bbbbbbb"}, false},
		{"the version of the image below", "ghcr.io/acme/app", nil, labelsOf(hub, "", "v22.04.1"), "1.2.3", "1.2.4",
			ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"rebuilt from the same commit", "ghcr.io/acme/app", labelsOf(hub, "aaaaaaa", ""), labelsOf(hub, "aaaaaaa", ""), "1.2.3", "1.2.3",
			ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"official", "docker.io/library/python", labelsOf("https://github.com/docker-library/python.git#aaaaaaa:3.6", "aaaaaaa", "3.6.1"),
			labelsOf("https://github.com/docker-library/python.git#bbbbbbb:3.6", "bbbbbbb", "3.6.15"), "3.6.1", "3.6.15",
			ecosystems.Links{Source: "https://github.com/docker-library/python", Compare: "https://github.com/docker-library/python/compare/aaaaaaa...bbbbbbb"}, false},
		{"moved to another repository", "ghcr.io/acme/app", labelsOf("https://github.com/old/app", "aaaaaaa", ""), labelsOf(hub, "bbbbbbb", ""), "1", "2",
			ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"the old one is gone", "ghcr.io/acme/app", nil, labelsOf(hub, "bbbbbbb", ""), "1", "2", ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"only a home page", "ghcr.io/acme/app", nil, map[string]string{labelURL: "https://acme.example/app"}, "1", "2", ecosystems.Links{}, false},
		{"the repository is the home page", "ghcr.io/acme/app", nil, map[string]string{labelURL: hub}, "1", "2", ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"hostile", "ghcr.io/acme/app", labelsOf(hub, "a", ""), labelsOf(hub, "b)[x](https://evil.example", "v2"), "1", "2", ecosystems.Links{Source: hub, Notes: hub + "/releases"}, false},
		{"says nothing", "ghcr.io/acme/app", nil, map[string]string{}, "1", "2", ecosystems.Links{}, false},
		{"the new one is gone", "ghcr.io/acme/app", nil, nil, "1", "2", ecosystems.Links{}, true},
	} {
		images := &labelled{labels: map[string]map[string]string{}}
		if c.old != nil {
			images.labels["sha256:old"] = c.old
		}
		if c.new != nil {
			images.labels["sha256:new"] = c.new
		}
		d := ecosystems.Dependency{Package: ecosystems.Package{Name: c.pkg}, Pin: ecosystems.Pin{Text: c.from, Version: dockertag.Parse(c.from), Digest: "sha256:old"}}
		got, err := Lookup{images}.Describe(t.Context(), d, ecosystems.Target{Version: dockertag.Parse(c.to), Digest: "sha256:new"})
		if got != c.want || (err != nil) != c.wantsError {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
	if got, err := (Lookup{}).Describe(t.Context(), ecosystems.Dependency{}, ecosystems.Target{}); got != (ecosystems.Links{}) || err != nil {
		t.Errorf("without a registry: %+v, %v", got, err)
	}
}
