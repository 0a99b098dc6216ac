// Package compose reads and edits the images of Compose files: in services, in
// fragments of anchors and merge keys, and in inline Dockerfiles, with the
// variables and the .env file that they are composed of.
//
// It uses the YAML parser for positions only and never prints YAML. It follows
// include and extends inside the repository. The packages imageref and imagepin
// know references and pins.
package compose

import (
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "compose"

// An Ecosystem reads and edits Compose files. It implements ecosystems.Ecosystem,
// ecosystems.Dater and ecosystems.Describer.
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
		Name: Name, Files: "compose files", Kinds: []ecosystems.Kind{imagepin.Kind()}, Beside: []string{".env*"},
		Dependabot: []string{"docker-compose"}, Renovate: []string{"docker-compose", "docker"},
	}
}

// fileName is (docker-)compose, alone or with words before or after it that hyphens, dots or underscores separate.
var fileName = lazyregexp.New(`(?i)^(?:.*[-_.])?(?:docker)?compose(?:[-_.0-9].*)?\.ya?ml$`)

// Match reports whether a file is a Compose file by its name: compose.yaml,
// docker-compose.dev.yml, ops-compose.yml.
func (*Ecosystem) Match(file string) bool { return fileName.MatchString(path.Base(file)) }

// Extract reads a Compose file with its .env. Follow returns the files that it
// includes and extends, which are read separately. For one that is not followed,
// Extract returns a dependency with the reason.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, unreadable, err := imagepin.Open(repo, file)
	if err != nil || unreadable != nil {
		return unreadable, err
	}
	r := newReader(repo, file, src, e.environment(repo, file))
	r.read()
	r.unfollowed()
	return imagepin.Settle(file, r.found), nil
}

// open parses a Compose file; nil if it cannot be read, which Extract reports.
func open(repo fs.FS, file string, env dotenv.Environment) *reader {
	src, why, err := imagepin.Load(repo, file)
	if err != nil || !why.IsZero() {
		return nil
	}
	r := newReader(repo, file, src, env)
	r.read()
	return r
}
