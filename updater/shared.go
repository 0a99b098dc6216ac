package updater

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// spans holds the items whose pins are at the same place, such as the default of a
// build argument that several references use. They can only move together.
type spans map[place][]*plan.Item

type place struct {
	tree string
	at   ecosystems.Span
}

func placeOf(i *plan.Item) place {
	at := i.Dependency.At[0]
	if at.File == "" {
		at.File = i.Origin.Manifest
	}
	return place{i.Origin.Tree.Prefix, at}
}

func sharedSpans(items []plan.Item) spans {
	all := spans{}
	for n := range items {
		if i := &items[n]; i.Status == "" && len(i.Dependency.At) > 0 {
			all[placeOf(i)] = append(all[placeOf(i)], i)
		}
	}
	for k, members := range all {
		if len(members) < 2 {
			delete(all, k)
		}
	}
	return all
}

func (s spans) has(i *plan.Item) bool {
	return len(i.Dependency.At) > 0 && len(s[placeOf(i)]) > 1
}

// texts returns the possible texts of a shared place, for which all its references
// have a version; nil if the place is not shared.
func (s spans) texts(r *run, i *plan.Item) map[string]bool {
	if !s.has(i) {
		return nil
	}
	members := s[placeOf(i)]
	count := map[string]int{}
	for _, m := range members {
		l := r.listings[m.Dependency.Package]
		if l == nil {
			continue
		}
		for text := range textsOf(l, m.Dependency) {
			count[text]++
		}
	}
	common := map[string]bool{}
	for text, n := range count {
		if n == len(members) {
			common[text] = true
		}
	}
	return common
}

func textsOf(l *listing, d ecosystems.Dependency) map[string]bool {
	texts := map[string]bool{}
	for _, at := range l.groups["track "+d.Pin.Version.Track] {
		texts[spanText(d, l.result.Candidates[at].Version)] = true
	}
	return texts
}

// spanText returns the text that version v would have at the place of the pin.
func spanText(d ecosystems.Dependency, v version.Version) string {
	return strings.TrimSuffix(strings.TrimPrefix(v.Text, d.Pin.Before), d.Pin.After)
}

// lacking says why a text is not possible at the shared place of an item: it names
// the references that have no such version.
func (s spans) lacking(r *run, i *plan.Item, text string) string {
	members := s[placeOf(i)]
	var without, unknown []string
	named := map[string]int{}
	for _, m := range members {
		named[m.Dependency.Name]++
	}
	for _, m := range members {
		l := r.listings[m.Dependency.Package]
		switch {
		case l == nil || l.err != nil:
			unknown = append(unknown, m.Dependency.Name)
		case !textsOf(l, m.Dependency)[text]:
			name := m.Dependency.Name
			if named[name] > 1 { // for several tags of one image, says which one
				name += ":" + m.Dependency.Pin.Text
			}
			without = append(without, name)
		}
	}
	why := fmt.Sprintf("%s has no such version", someOf(without))
	if len(without) == 0 {
		without, why = unknown, fmt.Sprintf("%s could not be looked up", someOf(unknown))
	}
	have := len(members) - len(without) - len(unknown)
	if len(unknown) == len(without) {
		have = len(members) - len(unknown)
	}
	verb := "have"
	if have == 1 {
		verb = "has"
	}
	return fmt.Sprintf("%d of the %d references to this value %s it, but %s; a variable of its own would let the others move", have, len(members), verb, why)
}

// someOf joins the first few names, each once.
func someOf(names []string) string {
	const most = 3
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// agree holds back the items of a place that would not all move to the same text.
func (s spans) agree() {
	for _, members := range s {
		want := ""
		for _, m := range members {
			if text := movesTo(m); text != "" && (want == "" || text < want) {
				want = text
			}
		}
		stays := slices.IndexFunc(members, func(m *plan.Item) bool { return movesTo(m) != want })
		if want == "" || stays < 0 {
			continue
		}
		why := staysBecause(members[stays])
		for _, m := range members {
			if m.Status == plan.Update {
				m.Hold(ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s would move, but the same value stands for %s", m.Target.Version, why)})
			}
		}
	}
}

// movesTo returns the text that an update would write at the place of its pin, ""
// for none. It excludes a digest that has its own place.
func movesTo(i *plan.Item) string {
	if i.Status != plan.Update {
		return ""
	}
	text := spanText(i.Dependency, i.Target.Version)
	if i.Dependency.Apart() {
		return text + "@"
	}
	return text + "@" + i.Target.Digest
}

// staysBecause names an item with the reason why it does not move with the others of its place.
func staysBecause(i *plan.Item) string {
	switch {
	case i.Status == plan.Update:
		return fmt.Sprintf("%s, which would move to %s", i.Dependency.Name, i.Target.Version)
	case i.Reason.Text == "":
		return fmt.Sprintf("%s, which has nothing newer than %s", i.Dependency.Name, i.Dependency.Pin.Text)
	}
	return fmt.Sprintf("%s, which stays: %s", i.Dependency.Name, i.Reason.Text)
}
