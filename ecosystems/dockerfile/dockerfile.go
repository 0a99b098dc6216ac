// Package dockerfile reads and edits the images of a Dockerfile: FROM, COPY
// --from, RUN --mount=from, ONBUILD and the frontend of "# syntax=", with the
// arguments that they are composed of.
//
// The grammar is that of BuildKit's parser, which has no columns, so this package
// finds the positions. The packages imageref and imagepin know references and
// pins, package registry looks up images.
package dockerfile

import (
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "dockerfile"

// An Ecosystem reads and edits Dockerfiles. It implements ecosystems.Ecosystem,
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
		Name: Name, Files: "Dockerfiles", Kinds: []ecosystems.Kind{imagepin.Kind()},
		Dependabot: []string{"docker"}, Renovate: []string{"dockerfile", "docker"},
	}
}

// Match reports whether a file is a Dockerfile by its name: Dockerfile,
// Dockerfile.x, Dockerfile-x, Dockerfile_x, x.Dockerfile, and the same with
// Containerfile. It is false for ignore files and for source code about
// Dockerfiles.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	switch {
	case !fileName.MatchString(base), otherFile.MatchString(base):
		return false
	case forLanguage.MatchString(base): // Dockerfile.go is the Dockerfile of a Go program
		return true
	}
	return !program.MatchString(base)
}

var (
	fileName    = lazyregexp.New(`^(?i:dockerfile|containerfile)(?:[._-].*|[0-9A-Z].*)?$|^.+\.(?i:dockerfile|containerfile)$`)
	otherFile   = lazyregexp.New(`(?i)(?:\.(?:dockerignore|containerignore|md|mdx|rst|adoc|html?|json|ya?ml|toml|xml|svg|png|orig|rej|patch|diff|sw[op]|snap)|~)$`)
	forLanguage = lazyregexp.New(`^(?:Docker|Container)file\.[^.]+$`)
	program     = lazyregexp.New(`(?i)\.(?:c|cc|cpp|cs|css|go|h|ipynb|java|js|jsx|kts?|lua|php|pl|ps1|pyc?|rb|rs|scala|sh|swift|tmlanguage|tsx?|vim)$`)
)

// Extract reads a Dockerfile.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, unreadable, err := imagepin.Open(repo, file)
	if err != nil || unreadable != nil {
		return unreadable, err
	}
	return Read(file, src), nil
}
