// Package checklist judges the Dockerfiles and compose files of trees by the
// rules: it finds and reads the files, asks what the rules want to know, each
// thing once and in parallel, and makes fixes in memory.
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

// A Scan is what it takes to judge trees.
type Scan struct {
	Ecosystems []ecosystems.Ecosystem
	Rules      []check.Rule
	Settings   check.Settings
	Now        time.Time

	// Answer finds out what a rule asks; nil answers nothing.
	Answer   func(ctx context.Context, q check.Question) check.Answer
	Offline  bool // what is not known without asking is not known, and no failure
	Parallel int  // questions under way at once; 0 means 16

	Files   func(path string) bool                   // which files are judged; nil is all
	Tracked func(t plan.Tree) func(file string) bool // whether git tracks a file of a tree; nil where that is not known

	judged func(file string) bool // of the files that are read, which are judged; nil is all
}

// A Report is what was found in one tree.
type Report struct {
	check.Result
	Tree     plan.Tree
	Unknown  []check.Question // that nothing answers; rules that need them stay silent
	Failed   []Failure        // questions whose lookup failed
	Problems []scan.Problem
	Unread   []string // scripts that could not be parsed, as "FILE:LINE: why"

	by    *Scan
	facts *check.Facts
	read  map[string]*subject // by path
	list  []*subject          // that were judged, in order
}

// A Failure is a question that could not be looked up.
type Failure struct {
	Question check.Question
	Err      error
}

// maxFile is how much of a file is read, in bytes; a larger one is no file that a person wrote.
const maxFile = 1 << 20

// Run judges a tree.
func (s *Scan) Run(ctx context.Context, t plan.Tree) (*Report, error) {
	return s.run(ctx, t, map[check.Question]check.Answer{})
}

// run judges a tree, and adds to the answers that there are.
func (s *Scan) run(ctx context.Context, t plan.Tree, answers map[check.Question]check.Answer) (*Report, error) {
	look := t
	look.FS = localfs.Listed(t.FS) // nothing is written before the report is made
	files, problems, err := scan.Files(look, s.Ecosystems)
	if err != nil {
		return nil, err
	}
	r := &Report{Tree: t, Problems: problems, by: s, facts: &check.Facts{Answers: answers}, read: map[string]*subject{}}
	r.open(look.FS, files)
	if err := t.Rules.Err(); err != nil {
		return nil, err
	}
	if err := r.judge(ctx); err != nil {
		return nil, err
	}
	r.count()
	return r, nil
}

// open reads the files that are judged.
func (r *Report) open(repo fs.FS, files []scan.File) {
	var dockerfiles, composes []string
	for _, f := range files {
		switch {
		case r.by.Files != nil && !r.by.Files(r.Tree.Show(f.Path)):
		case f.Ecosystem == dockerfile.Name:
			dockerfiles = append(dockerfiles, f.Path)
		case f.Ecosystem == compose.Name:
			composes = append(composes, f.Path)
		}
	}
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

// digests reports whether the settings want digests in a file.
func (r *Report) digests(file string) bool {
	p := r.Tree.Rules.For(ecosystems.Dependency{Ecosystem: dockerfile.Name, Package: ecosystems.Package{Kind: "oci"}}, file, r.by.Now)
	return p.Digests != policy.DigestsIgnore
}

func source(repo fs.FS, file string) (string, error) {
	data, err := localfs.ReadFile(repo, file, maxFile)
	switch {
	case err != nil:
		return "", err
	case strings.IndexByte(string(data), 0) >= 0:
		return "", errors.New("not a text file in UTF-8")
	}
	return string(data), nil
}

// count takes apart what is not known and what could not be looked up.
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

// String says what was attempted, on what, and the cause.
func (f Failure) String() string {
	return fmt.Sprintf("look up %s of %s: %v", f.Question.Kind, strings.TrimSpace(f.Question.Name+" "+f.Question.Detail), f.Err)
}

// Fix makes the fixes in memory, the safe ones or all.
func (r *Report) Fix(all bool) check.Change {
	return check.ApplyFixes(r.Findings, all, r.sources(), r.again)
}

// MendOnly makes the fixes of those findings that are wanted, the safe ones or all.
func (r *Report) MendOnly(all bool, wanted func(f *check.Finding) bool) check.Change {
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

// sources returns the texts of the files as they were judged.
func (r *Report) sources() map[string]string {
	out := map[string]string{}
	for _, s := range r.list {
		out[s.name] = s.source
	}
	return out
}

// again judges one file with a changed text, by the facts that there are.
func (r *Report) again(file, src string) []check.Finding {
	now := *r.read[file]
	now.source = src
	if now.compose != nil {
		composed, _ := check.Composes(changed{r.Tree.FS, file, src}, r.composes(now.compose), now.compose.Digests)
		for _, c := range composed {
			if c.Name == file {
				c.Tracked = now.compose.Tracked
				now.compose = c
			}
		}
	}
	return check.Judge(r.by.Rules, []check.Unit{now.unit()}, r.facts, r.by.Settings).Findings
}

// composes returns the compose files that have a part in how one of them is
// read: those of its folder, and those of its projects.
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
