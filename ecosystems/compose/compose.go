// Package compose reads and edits the images of Compose files: services,
// fragments behind anchors and merge keys, Dockerfiles written inline, with the
// variables and the .env file that they are put together from.
//
// The YAML parser is asked for positions only, and nothing is ever printed
// again. Files that extends and include name are not followed. What an image
// reference or a pin is, is known to the packages imageref and imagepin.
package compose

import (
	"io/fs"
	"path"
	"regexp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "compose"

// An Ecosystem reads and edits Compose files. It implements ecosystems.Ecosystem,
// ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem, which asks images about what is published.
func New(images imagepin.Images) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Name returns "compose".
func (*Ecosystem) Name() string { return Name }

// fileName is (docker-)compose, with words before it and behind it that hyphens, dots or underscores part from it.
var fileName = regexp.MustCompile(`(?i)^(?:.*[-_.])?(?:docker)?compose(?:[-_.0-9].*)?\.ya?ml$`)

// Match reports whether a file is a Compose file by its name: compose.yaml,
// docker-compose.dev.yml, ops-compose.yml.
func (*Ecosystem) Match(file string) bool { return fileName.MatchString(path.Base(file)) }

// Extract reads a Compose file and the .env beside it.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		return []ecosystems.Dependency{imagepin.Trouble(Name, path.Base(file), ecosystems.Span{File: file}, why)}, nil
	}
	r := &reader{file: file, src: src, env: e.environment(repo, file, src), seen: map[ecosystems.Span]bool{}}
	r.read()
	return imagepin.Settle(file, r.found), nil
}

var (
	mention  = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)
	envFile  = regexp.MustCompile(`(?m)\benv_file\b`)
	namesEnv = regexp.MustCompile(`(?m)(?:^|[\s"'\[/:-])\.env(?:["'\],\s]|$)`)
)

// maxBeside is how many Compose files of one folder are looked at for other uses of a variable.
const maxBeside = 32

// environment reads the .env file beside a Compose file, and counts who uses its variables.
func (e *Ecosystem) environment(repo fs.FS, file, src string) environment {
	dir := path.Dir(file)
	env := environment{file: path.Join(dir, ".env"), uses: map[string]int{}}
	text, why, err := imagepin.Load(repo, env.file)
	if err != nil || !why.IsZero() {
		return env
	}
	env.src = text
	for _, text := range append(e.beside(repo, file), src, text) {
		for _, m := range mention.FindAllStringSubmatch(text, -1) {
			env.uses[m[1]]++
		}
		env.passed = env.passed || envFile.MatchString(text) && namesEnv.MatchString(text)
	}
	env.parse()
	return env
}

// beside returns the other Compose files of the folder, which use the same .env.
func (e *Ecosystem) beside(repo fs.FS, file string) []string {
	dir := path.Dir(file)
	entries, err := fs.ReadDir(repo, dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, entry := range entries {
		if entry.IsDir() || entry.Name() == path.Base(file) || !e.Match(entry.Name()) || len(out) >= maxBeside {
			continue
		}
		if text, why, err := imagepin.Load(repo, path.Join(dir, entry.Name())); err == nil && why.IsZero() {
			out = append(out, text)
		}
	}
	return out
}
