package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// settings allow minor versions.
const settings = "allow: minor\n"

// A dependency is what freshpin says about a requirement.
type dependency struct {
	File, Package, Status, Reason string
	Target                        struct{ Version string }
}

// update moves what freshpin would propose, in the go.mod at the root.
func (p *project) update(freshpin, cache string) error {
	if err := os.WriteFile(filepath.Join(p.dir, ".freshpin.yaml"), []byte(settings), 0o600); err != nil {
		return err
	}
	start := time.Now()
	defer func() { p.took = time.Since(start) }()
	out, err := command(p.dir, freshpin, "outdated", "--quiet", "--ecosystem", "gomod", "--format", "json", "go.mod")
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: something could not be looked up
		return err
	}
	var doc struct{ Dependencies []dependency }
	if err := json.Unmarshal(out, &doc); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, d := range doc.Dependencies {
		switch d.Status {
		case "update":
			targets[d.Package] = d.Target.Version
		case "failed":
			p.failed++
			p.notes = append(p.notes, fmt.Sprintf("%s: %s: %s", p.name, d.Package, d.Reason))
		}
	}
	return p.finish(targets, cache)
}

// finish has the ecosystem make the moves, without those that it refuses.
func (p *project) finish(targets map[string]string, cache string) error {
	ecos := all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: os.Getenv, GoCache: cache})
	eco := ecos[slices.IndexFunc(ecos, func(e ecosystems.Ecosystem) bool { return e.Name() == "gomod" })]
	for {
		moves, err := p.moves(eco, targets)
		if err != nil || len(moves) == 0 {
			return err
		}
		_, err = eco.(ecosystems.Finisher).Finish(context.Background(), p.dir, "go.mod", moves)
		var no *ecosystems.Refusal
		if !errors.As(err, &no) || len(no.Moves) == 0 {
			return err
		}
		for _, name := range no.Moves {
			delete(targets, name)
			p.held++
			p.notes = append(p.notes, fmt.Sprintf("%s: %s is held: %s", p.name, name, no))
		}
	}
}

// moves finds the dependencies in the go.mod.
func (p *project) moves(eco ecosystems.Ecosystem, targets map[string]string) (moves []ecosystems.Move, err error) {
	deps, err := eco.Extract(os.DirFS(p.dir), "go.mod")
	for _, d := range deps {
		to := d.Pin.Version
		if to.Text = targets[d.Package.Name]; to.Text != "" && d.Direct && d.Skip.IsZero() {
			moves = append(moves, ecosystems.Move{Dependency: d, To: ecosystems.Target{Version: to}})
		}
	}
	return moves, err
}
