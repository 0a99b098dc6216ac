// Package gomod reads and edits go.mod and go.work: requirements, replacements and
// the toolchain, each with the byte positions of its version.
//
// The go command completes its edits, so that go.sum and vendor are correct. Package
// goproxy looks up published modules, and package gocommand runs the go command
// safely.
package gomod

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the name of the ecosystem.
const Name = "gomod"

// kind is the kind of packages; toolchain is the package that is not a module.
const (
	kind      = "go"
	toolchain = "toolchain"
)

// A Source looks up published versions; package goproxy implements it. replaces is
// the path of the module that path replaces, "" for none: the go.mod of a replacement
// may declare either path.
type Source interface {
	// Versions returns the published versions of a module, or of the Go toolchain ("toolchain").
	Versions(ctx context.Context, path, replaces string) (ecosystems.Listing, error)
	// VersionsAfter returns the versions for a pin that is a pseudo-version, without tags that are older than its commit.
	VersionsAfter(ctx context.Context, path, replaces, pseudo string) (ecosystems.Listing, error)
	// GoMod returns the go.mod of a version of a module.
	GoMod(ctx context.Context, path, version string) (*modfile.File, error)
	// Published returns when a version of a module was published, zero if unknown.
	Published(ctx context.Context, path, version string) (time.Time, error)
}

// An Ecosystem reads and edits go.mod and go.work.
type Ecosystem struct {
	source Source
	tool   *gocommand.Tool
}

var (
	_ ecosystems.Finisher  = (*Ecosystem)(nil)
	_ ecosystems.Ecosystem = (*Ecosystem)(nil)
	_ ecosystems.Dater     = (*Ecosystem)(nil)
	_ ecosystems.Fitter    = (*Ecosystem)(nil)
	_ ecosystems.Advised   = (*Ecosystem)(nil)
	_ ecosystems.Relater   = (*Ecosystem)(nil)
	_ ecosystems.Checker   = (*Ecosystem)(nil)
)

// New returns the ecosystem. With a nil source it can only read and edit; with a nil
// tool it does not complete edits.
func New(source Source, tool *gocommand.Tool) *Ecosystem { return &Ecosystem{source, tool} }

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	module := ecosystems.Kind{Word: kind, Noun: "Go module", Plural: "Go modules", OSV: "Go", Withdrawn: ecosystems.Retracted, Called: called}
	return ecosystems.Info{
		Name: Name, Files: "go.mod files", Kinds: []ecosystems.Kind{module}, Beside: []string{"go.sum"}, Indirect: true,
		Tool:       ecosystems.Tool{Command: "go", Version: []string{"env", "GOVERSION"}, Get: "install Go from https://go.dev/dl", Files: "go.mod files"},
		Dependabot: []string{"gomod", "go_modules"}, Renovate: []string{"gomod", "go", "golang", "golang-version"},
	}
}

var majorSuffix = lazyregexp.New(`[./]v[0-9]+$`)

// called returns the name of a module for people and its short name: "golang.org/x/net" and "x/net".
func called(name string) (full, short string) {
	if name == toolchain {
		return "the Go toolchain", "the Go toolchain"
	}
	short = majorSuffix.ReplaceAllString(strings.TrimSuffix(name, "/"), "")
	if rest, ok := strings.CutPrefix(short, "golang.org/"); ok {
		return name, rest
	}
	if base := path.Base(short); base != "." && base != "/" {
		return name, base
	}
	return name, short
}

// Match reports whether the file is a go.mod or a go.work.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	return base == "go.mod" || base == "go.work"
}

// Versions returns the published versions of a module, or of the Go toolchain.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if e.source == nil {
		return ecosystems.Listing{}, errors.New("no module proxy to ask")
	}
	pseudo, replaces := readIndex(pkg.Index)
	if pseudo != "" {
		return e.source.VersionsAfter(ctx, pkg.Name, replaces, pseudo)
	}
	return e.source.Versions(ctx, pkg.Name, replaces)
}

// index returns the Index of a package. It contains the pseudo-version of the pin and
// the path of the replaced module, because the candidates depend on both.
func index(pseudo, replaces string) string {
	if replaces == "" {
		return pseudo
	}
	return pseudo + " replaces " + replaces
}

// readIndex is the reverse of index.
func readIndex(text string) (pseudo, replaces string) {
	pseudo, replaces, _ = strings.Cut(text, " replaces ")
	return pseudo, replaces
}

// Pins returns the version only, because the go command writes the hashes in go.sum.
func (*Ecosystem) Pins(_ context.Context, _ ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{Version: v}, nil
}

// Published returns when a version was published.
func (e *Ecosystem) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if e.source == nil {
		return time.Time{}, nil
	}
	return e.source.Published(ctx, d.Package.Name, v.Text)
}

// Edit returns the edit that replaces the version. It returns an error for a version
// that the path does not allow, since the major version is part of the path.
func (*Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if len(d.At) == 0 || d.Pin.Text == "" {
		return nil, fmt.Errorf("%s has no version to edit", d.Name)
	}
	if err := checkVersion(d.Package.Name, to.Version.Text); err != nil {
		return nil, fmt.Errorf("move %s: %w", d.Name, err)
	}
	if to.Version.Text == d.Pin.Text {
		return nil, nil
	}
	return []ecosystems.Edit{{At: d.At[0], Old: d.Pin.Text, New: to.Version.Text}}, nil
}

// checkVersion returns an error if a version is not valid for a module path.
func checkVersion(name, text string) error {
	if name == toolchain {
		if _, ok := gosemver.ParseToolchain(text); !ok {
			return fmt.Errorf("%q names no toolchain", text)
		}
		return nil
	}
	if _, ok := gosemver.Parse(text); !ok {
		return fmt.Errorf("%q is no version of a module", text)
	}
	_, major, ok := module.SplitPathVersion(name)
	if !ok {
		return fmt.Errorf("%q is no module path", name)
	}
	return module.CheckPathMajor(text, major)
}
