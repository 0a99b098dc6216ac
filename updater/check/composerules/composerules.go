// Package composerules holds the rules about compose files alone. One file for
// each rule; what several of them need to know of images and of services
// stands in images.go and service.go.
package composerules

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check"
)

// A service is a service of a project that the file takes part in.
type service struct {
	*merged.Service
	project *merged.Project
	file    *check.Compose
}

// perService makes a rule judge every service of every project of a file. What
// stands in another file is found there. What several services share, behind an
// anchor, or what several projects have in common, is one finding.
func perService(r check.Rule, judge func(s service, facts *check.Facts) []check.Finding) check.Rule {
	r.Compose = func(c *check.Compose, facts *check.Facts) []check.Finding {
		found := collection{file: c}
		for _, p := range c.Projects {
			for _, s := range p.Services {
				for _, f := range judge(service{s, p, c}, facts) {
					if f.Stage == "" {
						f.Stage = s.Name
					}
					found.add(moved(f, s, c))
				}
			}
		}
		return found.list
	}
	return r
}

// moved brings a finding that stands in a file that is not judged by itself,
// such as one that extends names, to the service that it came in by.
func moved(f check.Finding, s *merged.Service, c *check.Compose) check.Finding {
	if f.At.File == c.Name || f.Line > 0 || c.Judged(f.At.File) {
		return f
	}
	f.Text += ", by " + f.At.File
	f.At, f.Fix = s.At, nil
	return f
}

// perProject makes a rule judge every project of a file.
func perProject(r check.Rule, judge func(p *merged.Project, c *check.Compose, facts *check.Facts) []check.Finding) check.Rule {
	r.Compose = func(c *check.Compose, facts *check.Facts) []check.Finding {
		found := collection{file: c}
		for _, p := range c.Projects {
			for _, f := range judge(p, c, facts) {
				found.add(f)
			}
		}
		return found.list
	}
	return r
}

// A collection is the findings of one rule in one file.
type collection struct {
	file *check.Compose
	list []check.Finding
	seen map[foundAt]bool
}

// foundAt tells findings of one rule apart.
type foundAt struct {
	at       ecosystems.Span
	evidence string
}

// add adds a finding of this file that is not there yet.
func (c *collection) add(f check.Finding) {
	if f.At.File != c.file.Name && f.Line == 0 {
		return
	}
	key := foundAt{f.At, f.Evidence}
	if c.seen[key] {
		return
	}
	if c.seen == nil {
		c.seen = map[foundAt]bool{}
	}
	c.seen[key] = true
	if f.Fix != nil && slices.ContainsFunc(f.Fix.Edits, func(e ecosystems.Edit) bool { return e.At.File != c.file.Name }) {
		f.Fix = &check.Fix{Kind: f.Fix.Kind, Refused: "what it would edit stands in another file"}
	}
	c.list = append(c.list, f)
}

// at makes a finding at a value.
func at(n *merged.Node, evidence, format string, args ...any) check.Finding {
	return check.Finding{At: n.At, Evidence: evidence, Text: fmt.Sprintf(format, args...)}
}

// atService makes a finding at the name of a service.
func (s service) at(evidence, format string, args ...any) check.Finding {
	return check.Finding{At: s.At, Stage: s.Name, Evidence: evidence, Text: fmt.Sprintf(format, args...)}
}
