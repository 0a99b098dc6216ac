// Package gomod reads and edits go.mod and go.work: requirements, replacements
// and the toolchain, each with the bytes where its version stands.
//
// Its edits are completed by the go command, so that go.sum and vendor are right.
// Where modules are published is package goproxy's, and how the go command is
// kept from harm is package gocommand's.
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

// kind is the kind of its packages; toolchain is the one that is no module.
const (
	kind      = "go"
	toolchain = "toolchain"
)

// A Source knows what is published. Package goproxy has one. Where a module
// replaces another one, its go.mod may declare either path; replaces is "" else.
type Source interface {
	// Versions returns what is published of a module, or of the Go toolchain ("toolchain").
	Versions(ctx context.Context, path, replaces string) (ecosystems.Listing, error)
	// VersionsAfter returns the same for a pin that is a pseudo-version, without the tags that are older than its commit.
	VersionsAfter(ctx context.Context, path, replaces, pseudo string) (ecosystems.Listing, error)
	// GoMod returns what the go.mod of a version of a module says to those who require it.
	GoMod(ctx context.Context, path, version string) (*modfile.File, error)
	// Published returns when a version of a module was published, zero where nobody knows.
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

// New returns the ecosystem. Without a source it can only read and edit; without
// a tool no edit is completed.
func New(source Source, tool *gocommand.Tool) *Ecosystem { return &Ecosystem{source, tool} }

// Info says what a go.mod is.
func (*Ecosystem) Info() ecosystems.Info {
	module := ecosystems.Kind{Word: kind, Noun: "Go module", Plural: "Go modules", OSV: "Go", Withdrawn: ecosystems.Retracted, Called: called}
	return ecosystems.Info{
		Name: Name, Files: "go.mod files", Kinds: []ecosystems.Kind{module}, Beside: []string{"go.sum"}, Indirect: true,
		Tool:       ecosystems.Tool{Command: "go", Version: []string{"env", "GOVERSION"}, Get: "install Go from https://go.dev/dl", Files: "go.mod files"},
		Dependabot: []string{"gomod", "go_modules"}, Renovate: []string{"gomod", "go", "golang", "golang-version"},
	}
}

var majorSuffix = lazyregexp.New(`[./]v[0-9]+$`)

// called returns what people call a module, and its short name: "golang.org/x/net" and "x/net".
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

// Versions returns what is published of a module, or of the Go toolchain.
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

// index returns the Index of a package: what may follow a pseudo-version depends
// on its date, and what may replace a module on the path of that.
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

// Pins returns the version alone: the hashes in go.sum are written by the go command.
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

// Edit replaces the version where it stands. A version that the path does not
// allow (a major version is part of the path) is refused.
func (*Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if len(d.At) == 0 || d.Pin.Text == "" {
		return nil, fmt.Errorf("%s has no version to edit", d.Name)
	}
	if err := fits(d.Package.Name, to.Version.Text); err != nil {
		return nil, fmt.Errorf("move %s: %w", d.Name, err)
	}
	if to.Version.Text == d.Pin.Text {
		return nil, nil
	}
	return []ecosystems.Edit{{At: d.At[0], Old: d.Pin.Text, New: to.Version.Text}}, nil
}

// fits checks that a version can stand behind a module path.
func fits(name, text string) error {
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
