// Package checklist applies the rules to the Dockerfiles and Compose files of
// trees. It finds and reads the files, looks up the answers that rules need, each
// once and in parallel, and makes fixes in memory.
package checklist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
	"github.com/freshpin/freshpin/updater/scan"
)

// A Checker judges trees.
type Checker struct {
	Ecosystems []ecosystems.Ecosystem
	Rules      []check.Rule
	Settings   check.Settings
	Now        time.Time

	// Answer looks up the answer to a question; nil answers none.
	Answer   func(ctx context.Context, q check.Question) check.Answer
	Offline  bool // unanswered questions are unknown, not failures
	Parallel int  // most concurrent lookups; 0 means 16

	Files   func(path string) bool                   // selects the files to judge; nil means all
	Tracked func(t plan.Tree) func(file string) bool // whether git tracks a file of a tree; nil if unknown

	judged func(file string) bool // selects the files to judge among those that are read; nil means all
}

// A Report holds the findings in one tree.
type Report struct {
	check.Result
	Tree     plan.Tree
	Unknown  []check.Question // questions without an answer; rules that need one report nothing
	Failed   []Failure        // questions whose lookup failed
	Problems []scan.Problem
	Unread   []string // scripts that could not be parsed, as "FILE:LINE: why"

	by    *Checker
	facts *check.Facts
	read  map[string]*subject // by path
	list  []*subject          // judged files, in order
}

// A Failure is a question whose lookup failed.
type Failure struct {
	Question check.Question
	Err      error
}

// maxFile is the largest file that is read, in bytes. People do not write larger ones.
const maxFile = 1 << 20

// Run judges a tree.
func (c *Checker) Run(ctx context.Context, t plan.Tree) (*Report, error) {
	return c.run(ctx, t, map[check.Question]check.Answer{})
}

// run judges a tree and adds new answers to answers.
func (c *Checker) run(ctx context.Context, t plan.Tree, answers map[check.Question]check.Answer) (*Report, error) {
	look := t
	look.FS = localfs.Listed(t.FS) // no file changes before the report is complete
	files, problems, err := scan.Files(look, c.Ecosystems)
	if err != nil {
		return nil, err
	}
	r := &Report{Tree: t, Problems: problems, by: c, facts: &check.Facts{Answers: answers}, read: map[string]*subject{}}
	r.open(look.FS, files)
	if err := t.Rules.Err(); err != nil { // only now, because reading the files has read their settings
		return nil, err
	}
	if err := r.judge(ctx); err != nil {
		return nil, err
	}
	r.count()
	return r, nil
}

// open reads the files to judge.
func (r *Report) open(repo fs.FS, files []scan.File) {
	var dockerfiles, composes []string
	for _, f := range files {
		switch {
		case r.by.Files != nil && !r.by.Files(r.Tree.Show(f.Path)):
		case f.Ecosystem.Info().Name == dockerfile.Name:
			dockerfiles = append(dockerfiles, f.Path)
		case f.Ecosystem.Info().Name == compose.Name:
			composes = append(composes, f.Path)
		}
	}
	// All Compose files, also those that are not judged: they are parts of projects, and build Dockerfiles.
	composed, uses := check.Composes(repo, composes, true)
	var tracked func(string) bool
	if r.by.Tracked != nil {
		tracked = r.by.Tracked(r.Tree)
	}
	for _, c := range composed {
		c.Digests, c.Tracked = r.digests(c.Name), tracked
		r.add(&subject{name: c.Name, source: c.Source, compose: c})
	}
	targets := targetsOf(repo)
	for _, file := range dockerfiles {
		if r.by.judged != nil && !r.by.judged(file) {
			continue
		}
		src, err := source(repo, file)
		if err != nil {
			r.Problems = append(r.Problems, scan.Problem{Path: file, Err: err})
			continue
		}
		r.add(&subject{name: file, source: src, around: check.Surroundings{Repo: repo, Digests: r.digests(file), Uses: uses[file], Targets: targets, Address: r.Tree.Address}})
	}
}

func (r *Report) add(s *subject) {
	r.read[s.name] = s
	if r.by.judged == nil || r.by.judged(s.name) {
		r.list = append(r.list, s)
	}
}

// digests reports whether the settings require digests in a file.
func (r *Report) digests(file string) bool {
	p := r.Tree.Rules.For(ecosystems.Dependency{Ecosystem: dockerfile.Name, Package: ecosystems.Package{Kind: "oci"}}, file, r.by.Now)
	return p.Digests != policy.DigestsIgnore
}

func source(repo fs.FS, file string) (string, error) {
	data, err := localfs.ReadFile(repo, file, maxFile)
	switch {
	case err != nil:
		return "", err
	case slices.Contains(data, 0):
		return "", errors.New("not a text file in UTF-8")
	}
	return string(data), nil
}

// count separates unknown answers from failed lookups.
func (r *Report) count() {
	r.Unknown = r.Questions
	for q, a := range r.facts.Answers {
		switch {
		case a.Err == nil:
		case r.by.Offline:
			r.Unknown = append(r.Unknown, q)
		default:
			r.Failed = append(r.Failed, Failure{q, a.Err})
		}
	}
	slices.SortFunc(r.Failed, func(a, b Failure) int { return strings.Compare(a.String(), b.String()) })
}

// String returns the lookup, its subject and the cause of the failure.
func (f Failure) String() string {
	return fmt.Sprintf("look up %s of %s: %v", f.Question.Kind, strings.TrimSpace(f.Question.Name+" "+f.Question.Detail), f.Err)
}

// Fix applies the fixes in memory, only safe ones or all.
func (r *Report) Fix(all bool) check.FixResult {
	return check.ApplyFixes(r.Findings, all, r.sources(), r.again)
}

// FixOnly applies the fixes of the wanted findings, only safe ones or all.
func (r *Report) FixOnly(all bool, wanted func(f *check.Finding) bool) check.FixResult {
	only := func(list []check.Finding) []check.Finding {
		list = slices.Clone(list)
		for n := range list {
			if f := &list[n]; f.Fix.Writes() && (f.Fix.Kind == check.Safe || all) && !wanted(f) {
				f.Fix = nil
			}
		}
		return list
	}
	return check.ApplyFixes(only(r.Findings), all, r.sources(), func(file, src string) []check.Finding { return only(r.again(file, src)) })
}

// sources returns the texts of the judged files.
func (r *Report) sources() map[string]string {
	out := map[string]string{}
	for _, s := range r.list {
		out[s.name] = s.source
	}
	return out
}

// again judges one file with a changed text, with the known facts and without lookups.
func (r *Report) again(file, src string) []check.Finding {
	now := *r.read[file] // a copy: the report keeps the text that is on disk
	now.source = src
	if now.compose != nil {
		composed, _ := check.Composes(localfs.Overlay{FS: r.Tree.FS, Files: map[string][]byte{file: []byte(src)}}, r.composes(now.compose), now.compose.Digests)
		for _, c := range composed {
			if c.Name == file { // the others only complete its projects
				c.Tracked = now.compose.Tracked
				now.compose = c
			}
		}
	}
	return check.Judge(r.by.Rules, []check.Unit{now.unit()}, r.facts, r.by.Settings).Findings
}

// composes returns the Compose files that affect the meaning of one of them: those
// of its folder and of its projects.
func (r *Report) composes(c *check.Compose) (files []string) {
	mine := map[string]bool{}
	for _, p := range c.Projects {
		for _, file := range p.Files {
			mine[file] = true
		}
	}
	for file, s := range r.read {
		if s.compose != nil && (mine[file] || path.Dir(file) == path.Dir(c.Name)) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}
