// Package actions reads and edits what workflows and actions of GitHub, Gitea
// and Forgejo use: other actions, reusable workflows, and the images of steps,
// containers and services.
//
// An action is pinned by a tag of its repository, or by a commit with the tag in
// the comment behind it. How such pins are looked up and edited is known to
// package gitpin, and how images are, to package imagepin.
package actions

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "actions"

// kind is the kind of package that an action is.
const kind = "action"

// An Ecosystem reads and edits workflows. It implements ecosystems.Ecosystem,
// ecosystems.Describer, ecosystems.Advised, ecosystems.Recognizer and
// ecosystems.ImageReader.
type Ecosystem struct {
	images imagepin.Lookup
	*gitpin.Lookup
}

// DefaultServer is where actions are that name no server.
const DefaultServer = "https://github.com"

// forgejoServer is the same in workflows of Forgejo (Forgejo configuration
// cheat sheet, "DEFAULT_ACTIONS_URL").
const forgejoServer = "https://data.forgejo.org"

// New returns the ecosystem. server is where actions are looked for that name
// none: "" means DefaultServer.
func New(source gitpin.Source, images imagepin.Images, server string) *Ecosystem {
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
	return &Ecosystem{imagepin.Lookup{Images: images}, gitpin.NewLookup(source, address)}
}

// Info says what a workflow is.
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
		Dependabot: []string{"github-actions"}, Renovate: []string{"github-actions", "github-tags"},
	}
}

var (
	workflowFile = regexp.MustCompile(`(?i)(?:^|/)(?:workflow-templates|\.(?:github|gitea|forgejo)/(?:workflows|actions))/.+\.ya?ml$`)
	actionFile   = regexp.MustCompile(`(?i)^action\.ya?ml$`)
)

// Match reports whether a file is a workflow or the description of an action by
// its path: .github/workflows/x.yml, also of Gitea and Forgejo, and action.yml anywhere.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	if len(base) >= len(file) { // at the root, where no workflow is
		return actionFile.MatchString(base)
	}
	folder := strings.ToLower(file[:len(file)-len(base)])
	inside := strings.Contains(folder, "workflow") || strings.Contains(folder, "actions/") // which is cheap to see
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

// trouble is the dependency that stands for what cannot be read.
func trouble(name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Ecosystem: Name, Name: name, Package: ecosystems.Package{Kind: kind}, At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}

// Versions returns the tags of an action's repository, or of an image.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if pkg.Kind == kind {
		return e.Lookup.Versions(ctx, pkg)
	}
	return e.images.Versions(ctx, pkg)
}

// Pins returns the commit of a tag, or the digest of an image's tag.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	if d.Package.Kind == kind {
		return e.Lookup.Pins(ctx, d, v)
	}
	return e.images.Pins(ctx, d, v)
}

// Edit writes the target.
func (e *Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if d.Package.Kind == kind {
		return gitpin.Edit(d, to)
	}
	return imagepin.Edit(d, to)
}

// Describe returns where people read about the update.
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	if d.Package.Kind == kind {
		return e.Lookup.Describe(ctx, d, to)
	}
	return e.images.Describe(ctx, d, to)
}

// Registry reads images.
func (e *Ecosystem) Registry() ecosystems.Images { return e.images.Registry() }
