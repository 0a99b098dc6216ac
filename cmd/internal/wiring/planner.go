package wiring

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/check/rules"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

// Planner returns a Planner configured with all of the operator's settings.
func (s *Settings) Planner() (updater.Planner, error) {
	source, err := s.advisories()
	if err != nil {
		return updater.Planner{}, err
	}
	ends, err := s.Ends()
	if err != nil {
		return updater.Planner{}, err
	}
	if file := s.Operator.SigstoreRoot; file != "" {
		if _, err := root.NewTrustedRootFromPath(file); err != nil {
			return updater.Planner{}, console.Usagef("sigstore_root: %s: %w", file, err)
		}
	}
	return updater.Planner{
		Ecosystems: s.Ecosystems(), Advisories: source, Ends: ends,
		Signatures: &signature.Verifier{Root: s.trustRoot}, Releases: s.releases(), Layers: s.Operator.Layers, Limits: s.limits(),
	}, nil
}

// Checklist returns the checklist for files of repositories.
func (s *Settings) Checklist(now time.Time) *checklist.Checker {
	ends, _ := s.Ends() // a broken table was reported as an error earlier
	sources := &checklist.Sources{Ecosystems: s.Ecosystems(), Ends: ends, Now: now}
	return &checklist.Checker{Ecosystems: sources.Ecosystems, Rules: rules.All(), Now: now, Answer: sources.Answer, Offline: s.Offline}
}

// Plan runs the common part of all lookups: read the settings, scan, look up, decide.
func Plan(ctx context.Context, e *console.Env, l *Flags, paths []string) (*plan.Plan, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	l.Remote = slices.ContainsFunc(paths, IsRemote)
	s, err := Read(e, l)
	if err != nil {
		return nil, err
	}
	list, err := Trees(ctx, paths, s)
	if err != nil {
		return nil, err
	}
	return PlanOf(ctx, e, l, s, list)
}

// PlanOf scans, looks up and decides in open trees.
func PlanOf(ctx context.Context, e *console.Env, l *Flags, s *Settings, list []plan.Tree) (*plan.Plan, error) {
	now, err := ParseTime(l.AsOf)
	if err != nil {
		return nil, err
	}
	ctx, cancel := l.Timed(ctx)
	defer cancel()
	planner, err := s.Planner()
	if err != nil {
		return nil, err
	}
	progress, done := e.Progress(l.Quiet, s.Client.Waiting)
	planner.Now, planner.Only, planner.Details, planner.Explain, planner.Progress = now, l.Wants, l.Details || l.layers, l.Only != nil, progress
	planner.Layers = planner.Layers || l.layers
	p, err := planner.Plan(s.Within(ctx, l.Unattended, true), list)
	done()
	Warn(e, list)
	if err != nil {
		return nil, err
	}
	if err := l.fitsNothing(p); err != nil {
		return nil, err
	}
	if p.Files == 0 && l.Only == nil {
		return nil, NothingRead(all.Infos().Files("or"), list)
	}
	p.Requests = s.Client.Stats()
	if s.reliesOn(p) {
		e.Code = console.ExitFailed
	}
	if l.Verbose {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(e.Stderr, "freshpin: %s sent, %d revalidated, %d answered from the cache; %d MB of memory\n",
			plan.Count(p.Requests.Sent, "request"), p.Requests.Revalidated, p.Requests.Cached, m.Sys>>20)
	}
	return p, nil
}

// NothingRead is the error of a command that found none of the files it reads, because
// one that looked at nothing would pass every gate.
func NothingRead(kinds string, list []plan.Tree) error {
	where := make([]string, len(list))
	for n, t := range list {
		where[n] = cmp.Or(strings.TrimSuffix(t.Listed(t.Prefix), "/"), ".")
	}
	return &console.UsageError{
		Err:  fmt.Errorf("there are no %s in %s", kinds, strings.Join(where, ", ")),
		Hint: "name a file to read it whatever it is called; ignore and ecosystems in .freshpin.yaml leave files out",
	}
}

// reliesOn reports whether missing vulnerability data is a failure: only if the
// operator has named a source.
func (s *Settings) reliesOn(p *plan.Plan) bool {
	return p.Advised.Err != nil && s.Operator.OSVURL != ""
}
