// Package gitlabci reads and edits the images of GitLab CI pipelines: those
// that jobs run in, and their services.
package gitlabci

import (
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "gitlabci"

// An Ecosystem reads and edits pipelines. It implements ecosystems.Ecosystem,
// ecosystems.Follower, ecosystems.Dater and ecosystems.Describer.
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
		Name: Name, Files: "GitLab CI pipelines", Kinds: []ecosystems.Kind{imagepin.Kind()}, Renovate: []string{"gitlabci", "docker", "ci"},
	}
}

// fileName is .gitlab-ci.yml, alone or after other words.
var fileName = lazyregexp.New(`\.gitlab-ci\.ya?ml$`)

// Match reports whether a file is a pipeline by its name: .gitlab-ci.yml, build.gitlab-ci.yml.
func (*Ecosystem) Match(file string) bool { return fileName.MatchString(path.Base(file)) }

// Extract reads a pipeline. Follow returns the included files of the repository,
// which are read separately.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	in, err := yamlimage.Open(repo, file, nil)
	if err != nil {
		return nil, err
	}
	for _, root := range in.Roots() {
		r := reader{Reader: in, variables: map[string]variable{}}
		r.pipeline(root)
	}
	return in.Found(), nil
}
