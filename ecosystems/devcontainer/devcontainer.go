// Package devcontainer reads and edits the image and the features of dev
// containers (https://containers.dev/implementors/json_reference/). The packages
// dockerfile and compose read their Dockerfiles and Compose files.
package devcontainer

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/jsontext"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "devcontainer"

// An Ecosystem reads and edits dev containers. It implements
// ecosystems.Ecosystem, ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem. It looks up versions with images.
func New(images imagepin.Registries) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "dev containers", Kinds: []ecosystems.Kind{imagepin.Kind()},
		Beside: []string{"devcontainer-lock.json", ".devcontainer-lock.json"}, Dependabot: []string{"devcontainers"}, Renovate: []string{"devcontainer", "docker"},
	}
}

// Match reports whether a file describes a dev container by its name.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	return base == "devcontainer.json" || base == ".devcontainer.json"
}

// Extract reads a dev container.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, unreadable, err := imagepin.Open(repo, file)
	if err != nil || unreadable != nil {
		return unreadable, err
	}
	r := reader{locked: hasLock(repo, file), json: jsontext.Read(file, src)}
	if t := r.json.Trouble; t != nil {
		return []ecosystems.Dependency{imagepin.TroubleAt(file, src, t.At, t.Reason)}, nil
	}
	for _, m := range r.json.Root.Members {
		switch m.Key.Text {
		case "image":
			r.image(m.Value)
		case "features":
			for _, f := range m.Value.Members { // the values are options of the features
				r.feature(f.Key)
			}
		}
	}
	return imagepin.Settle(file, r.found), nil
}

// hasLock reports whether there is a lock of the features beside the file.
func hasLock(repo fs.FS, file string) bool {
	// The devcontainer command names the lock after the file.
	name := "devcontainer-lock.json"
	if strings.HasPrefix(path.Base(file), ".") {
		name = ".devcontainer-lock.json"
	}
	_, err := fs.Stat(repo, path.Join(path.Dir(file), name))
	return err == nil
}

type reader struct {
	json   *jsontext.File
	locked bool
	found  []ecosystems.Dependency
}

// image reads the image of the container.
func (r *reader) image(v *jsontext.Value) {
	if v.Kind == jsontext.String && strings.TrimSpace(v.Text) != "" {
		r.found = append(r.found, r.reference(v))
	}
}

func (r *reader) reference(v *jsontext.Value) ecosystems.Dependency {
	d := imagepin.Read(v.Expand(nil), imagepin.Place{Raw: v.Text, At: v.Inside()})
	d.Ignored = r.json.Ignored(v.At.Start)
	return d
}

// feature reads the key of a feature: "ghcr.io/devcontainers/features/go:1". It
// skips features of this repository and archives at an address: they have no
// versions.
func (r *reader) feature(v *jsontext.Value) {
	text := v.Text
	if strings.HasPrefix(text, ".") || strings.Contains(text, "://") || !strings.Contains(text, "/") {
		return
	}
	d := r.reference(v)
	d.Pin.NoDigest = "a feature is named by a version or by a digest, not by both"
	if d.Pin.Digest != "" && d.Pin.Text != "" { // valid for an image
		d.Skip = ecosystems.Reason{Code: ecosystems.Malformed, Text: d.Pin.NoDigest}
	}
	if r.locked {
		d.Own = locked{}
	}
	r.found = append(r.found, d)
}

// locked is the Own of a feature if a lock exists beside the file.
type locked struct{}

var _ ecosystems.Limiter = (*Ecosystem)(nil)

// Limit holds all features if there is a lock, because the lock has the hash of each.
func (*Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	if _, ok := d.Own.(locked); !ok {
		return nil
	}
	return func(version.Version) string {
		return "devcontainer-lock.json names it too, and only the devcontainer command renews both together"
	}
}
