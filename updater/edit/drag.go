package edit

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// A slot identifies a dependency of a manifest when its position and version change.
type slot struct {
	kind, name string
	n          int // occurrence of the package, counted from 1
}

// slots returns the slot of each dependency.
func slots(deps []ecosystems.Dependency) []slot {
	seen := map[slot]int{}
	list := make([]slot, len(deps))
	for n, d := range deps {
		s := slot{kind: d.Package.Kind, name: d.Package.Name}
		seen[s]++
		list[n] = slot{s.kind, s.name, seen[s]}
	}
	return list
}

func samePlace(a, b ecosystems.Dependency) bool {
	return a.Package == b.Package && len(a.At) > 0 && len(b.At) > 0 && a.At[0].Start == b.At[0].Start
}

// judge compares every manifest that a tool changed, before and after. Each
// direct dependency must keep its version, have its target, or have moved within
// its own policy. judge returns the items with their actual versions, and the
// dependencies that moved along. The error is a Refusal if one moved too far.
func (m *toolRun) judge(after state, changes []ecosystems.FileChange, items []plan.Item) ([]plan.Item, []Dragged, error) {
	arrived, dragged, err := m.judgeManifest(m.items[0].Origin.Manifest, after, items)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range changes {
		if c.Delete || c.Path == m.items[0].Origin.Manifest || !m.items[0].Origin.Ecosystem.Match(c.Path) || plan.Ignored(m.tree.Rules, c.Path) {
			continue
		}
		_, more, err := m.judgeManifest(c.Path, after, nil)
		if err != nil {
			return nil, nil, err
		}
		dragged = append(dragged, more...)
	}
	return arrived, dragged, nil
}

// judgeManifest does for one manifest what judge does for all.
func (m *toolRun) judgeManifest(name string, after state, items []plan.Item) (arrived []plan.Item, dragged []Dragged, err error) {
	was, err := m.extractIn(m.base, name)
	if err != nil {
		return nil, nil, err
	}
	list, err := m.extractIn(after, name)
	if err != nil {
		return nil, nil, err
	}
	now := map[slot]ecosystems.Dependency{}
	for n, s := range slots(list) {
		now[s] = list[n]
	}
	data, _ := fs.ReadFile(m.base.over(m.tree.FS), name) // no error: extractIn read it
	arrived = slices.Clone(items)
	place := slots(was)
	for n, d := range was {
		is, there := now[place[n]]
		mine := slices.IndexFunc(arrived, func(i plan.Item) bool { return samePlace(d, i.Dependency) })
		if mine >= 0 && !there && d.Direct {
			no := refusal(ecosystems.ToolFail, "the tool would remove %s from %s as unused: remove it there first", d.Name, m.tree.Show(name))
			no.Moves = []string{d.Package.Name}
			return nil, nil, no
		}
		if there && mine >= 0 {
			if err := m.arrive(&arrived[mine], is); err != nil {
				return nil, nil, err
			}
		}
		if !there || mine >= 0 || !d.Direct || d.Skip.Code == ecosystems.Replaced || !moved(d, is) {
			continue
		}
		line, _ := ecosystems.Position(data, start(d))
		drag, err := m.drag(d, is, name)
		if err != nil {
			return nil, nil, err
		}
		drag.File, drag.Line = m.tree.Show(name), line
		dragged = append(dragged, drag)
	}
	return arrived, dragged, nil
}

func start(d ecosystems.Dependency) int {
	if len(d.At) == 0 {
		return 0
	}
	return d.At[0].Start
}

// moved reports whether a dependency has another version than before.
func moved(was, is ecosystems.Dependency) bool {
	a, b := was.Pin.Version, is.Pin.Version
	if a.IsName() || b.IsName() {
		return was.Pin.Text != is.Pin.Text
	}
	return version.Compare(a, b) != 0
}

// arrive checks the actual version of an update. A tool may move it beyond its
// target, as far as its policy allows.
func (m *toolRun) arrive(i *plan.Item, is ecosystems.Dependency) error {
	to, at := i.Target.Version, is.Pin.Version
	if at.Text == to.Text || is.Pin.Admits != nil {
		return nil
	}
	p := i.Policy
	if p.Line == policy.LineAuto && i.ReleaseLine != "" && !strings.Contains(i.ReleaseLine, ".") {
		p.Line = policy.LineMajor // the plan found that the project never patches
	}
	// A security fix may exceed the policy, but not move beyond its own level.
	if band := p.Between(i.Dependency.Pin.Version, to); i.Exceeds && band > p.Allow {
		p.Allow = band
	}
	band := p.Between(i.Dependency.Pin.Version, at)
	switch {
	case version.Compare(at, to) < 0:
		return refusal(ecosystems.ToolFail, "it stays at %s", at)
	case band > p.Allow:
		return refusal(ecosystems.Drags, "it would also move %s from %s to %s (%s)", i.Dependency.Name, i.Dependency.Pin.Version, at, band)
	}
	i.Target.Version, i.Band = at, band.String()
	return nil
}

// drag describes a dependency that moved along. The error is a Refusal if it
// moved beyond its own policy.
func (m *toolRun) drag(was, is ecosystems.Dependency, name string) (Dragged, error) {
	// Its own policy, not that of the update: the settings may differ between dependencies and manifests.
	p := m.tree.Rules.For(was, name, m.now)
	where := was.Name
	if name != m.items[0].Origin.Manifest {
		where += " in " + m.tree.Show(name)
	}
	band, why := plan.MayDrag(p, was, where, is.Pin.Version)
	d := Dragged{Dependency: was, Kind: m.items[0].Origin.Ecosystem.Info().KindOf(was.Package.Kind), From: was.Pin.Version.Text, To: is.Pin.Version.Text, Band: band.String()}
	if why != "" {
		return d, refusal(ecosystems.Drags, "%s", why)
	}
	return d, nil
}

func refusal(code, format string, args ...any) *ecosystems.Refusal {
	return &ecosystems.Refusal{Reason: ecosystems.Reason{Code: code, Text: fmt.Sprintf(format, args...)}}
}
