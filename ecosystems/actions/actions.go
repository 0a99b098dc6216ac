// Package actions reads and edits the workflows and actions of GitHub, Gitea and
// Forgejo: the actions and reusable workflows that they use, and the images of
// steps, containers and services.
//
// An action is pinned by a tag of its repository, or by a commit with the tag in
// a comment after it. Package gitpin looks up and edits such pins, package
// imagepin the images.
package actions

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/bykind"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "actions"

// kind is the kind of package that an action is.
const kind = "action"

// An Ecosystem reads and edits workflows. It implements ecosystems.Ecosystem,
// ecosystems.Describer, ecosystems.Advised, ecosystems.Recognizer and
// ecosystems.ImageReader.
type Ecosystem struct {
	bykind.Of
	images imagepin.Lookup
	git    *gitpin.Lookup
}

// DefaultServer hosts the actions that name no server.
const DefaultServer = "https://github.com"

// forgejoServer is the default server in workflows of Forgejo (Forgejo
// configuration cheat sheet, "DEFAULT_ACTIONS_URL").
const forgejoServer = "https://data.forgejo.org"

// New returns the ecosystem. It looks up actions with source and images with
// images. server hosts the actions that name no server; "" means DefaultServer.
func New(source gitpin.Source, images imagepin.Registries, server string) *Ecosystem {
	if server == "" {
		server = DefaultServer
	}
	address := func(pkg ecosystems.Package) string {
		at := pkg.Index
		if at == "" {
			at = strings.TrimRight(server, "/") + "/" + pkg.Name
		}
		at, _ = gitrefs.Address(at)
		return at
	}
	e := &Ecosystem{images: imagepin.Lookup{Images: images}, git: gitpin.NewLookup(source, address)}
	e.Of = func(of string) bykind.Lookup {
		if of == kind {
			return e.git
		}
		return e.images
	}
	return e
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "workflows",
		Kinds: []ecosystems.Kind{
			{
				Word: kind, Noun: "GitHub action", Plural: "GitHub actions", Digests: true, Resolves: true, OSV: osv,
				Canonical: strings.ToLower, Called: func(name string) (string, string) { return name, name },
			},
			imagepin.Kind(),
		},
		Dependabot: []string{"github-actions"}, Renovate: []string{"github-actions", "github-tags", "github-digest", "github-runners", "ci"},
	}
}

var (
	workflowFile = lazyregexp.New(`(?i)(?:^|/)(?:workflow-templates|\.(?:github|gitea|forgejo)/(?:workflows|actions))/.+\.ya?ml$`)
	actionFile   = lazyregexp.New(`(?i)^action\.ya?ml$`)
)

// Match reports whether a path is that of a workflow (.github/workflows/x.yml,
// also of Gitea and Forgejo) or of an action's metadata (action.yml anywhere).
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	if len(base) >= len(file) { // at the root, where workflows cannot be
		return actionFile.MatchString(base)
	}
	folder := strings.ToLower(file[:len(file)-len(base)])
	// Match is called for every file of a repository, and this test is much
	// cheaper than the pattern.
	inside := strings.Contains(folder, "workflow") || strings.Contains(folder, "actions/")
	return actionFile.MatchString(base) || inside && workflowFile.MatchString(file)
}

// Extract reads one workflow or action.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		return []ecosystems.Dependency{trouble(path.Base(file), ecosystems.Span{File: file}, why)}, nil
	}
	r := newReader(file, src)
	r.read()
	if len(r.found) > ecosystems.MostPins {
		return nil, ecosystems.ErrTooManyPins
	}
	return imagepin.Settle(file, r.found), nil
}

// trouble returns the dependency that reports an unreadable place.
func trouble(name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Name: name, Package: ecosystems.Package{Kind: kind}, At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}

// Registry returns the client that reads images.
func (e *Ecosystem) Registry() ecosystems.Images { return e.images.Registry() }
