// Package judged is what rules about compose files are made of: services and projects
// to judge, edits of them, and what is known of images.
package judged

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check"
)

// A Service is one service of a project that the file belongs to.
type Service struct {
	*merged.Service
	Project *merged.Project
	File    *check.Compose
}

// PerService makes a rule judge every service of every project of a file. It drops
// findings in other files, which are judged on their own, and merges findings at
// the same place, such as an anchor that several services or projects share.
func PerService(r check.Rule, judge func(s Service, facts *check.Facts) []check.Finding) check.Rule {
	r.Compose = func(c *check.Compose, facts *check.Facts) []check.Finding {
		found := collection{file: c}
		for _, p := range c.Projects {
			for _, s := range p.Services {
				for _, f := range judge(Service{s, p, c}, facts) {
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

// moved moves a finding in a file that is not judged on its own, such as one that
// extends names, to the service that uses that file.
func moved(f check.Finding, s *merged.Service, c *check.Compose) check.Finding {
	if f.At.File == c.Name || f.Line > 0 || c.Judged(f.At.File) {
		return f
	}
	f.Text += ", by " + f.At.File
	f.At, f.Fix = s.At, nil
	return f
}

// PerProject makes a rule judge every project of a file.
func PerProject(r check.Rule, judge func(p *merged.Project, c *check.Compose, facts *check.Facts) []check.Finding) check.Rule {
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

// A collection holds the findings of one rule in one file.
type collection struct {
	file *check.Compose
	list []check.Finding
	seen map[foundAt]bool
}

// foundAt identifies a finding of one rule.
type foundAt struct {
	at       ecosystems.Span
	evidence string
}

// add adds a finding of this file unless it is there already.
func (c *collection) add(f check.Finding) {
	// A rule sets Line only for files that are judged for no other reason, such as an env file.
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

// At returns a finding at a value.
func At(n *merged.Node, evidence, format string, args ...any) check.Finding {
	return check.Finding{At: n.At, Evidence: evidence, Text: fmt.Sprintf(format, args...)}
}

// AtName makes a finding at the name of a service.
func (s Service) AtName(evidence, format string, args ...any) check.Finding {
	return check.Finding{At: s.At, Stage: s.Name, Evidence: evidence, Text: fmt.Sprintf(format, args...)}
}
