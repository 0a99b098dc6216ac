package updater

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// spans holds the items whose pins stand in the same place, such as the default
// of a build argument that several references use. They can only move together.
type spans map[place][]*Item

type place struct {
	tree string
	at   ecosystems.Span
}

func placeOf(i *Item) place {
	at := i.Dependency.At[0]
	if at.File == "" {
		at.File = i.manifest
	}
	return place{i.tree.Prefix, at}
}

func sharedSpans(items []Item) spans {
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

func (s spans) has(i *Item) bool {
	return len(i.Dependency.At) > 0 && len(s[placeOf(i)]) > 1
}

// texts returns the texts of the shared place that all its references have a
// version for; nil where the place is not shared.
func (s spans) texts(r *run, i *Item) map[string]bool {
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

// spanText is what would stand in the place of the pin for version v.
func spanText(d ecosystems.Dependency, v version.Version) string {
	return strings.TrimSuffix(strings.TrimPrefix(v.Text, d.Pin.Before), d.Pin.After)
}

// agree holds the items of a place that would not all move to the same text.
func (s spans) agree() {
	for _, members := range s {
		want, same := "", true
		for n, m := range members {
			text := ""
			if m.Status == Update {
				text = spanText(m.Dependency, m.Target.Version) + "@" + m.Target.Digest
			}
			same = same && (n == 0 || text == want)
			want = text
		}
		if same {
			continue
		}
		for _, m := range members {
			if m.Status == Update {
				m.hold(ecosystems.Reason{Code: ecosystems.Conflict, Text: "another reference to the same variable does not move to the same version"})
			}
		}
	}
}

// hold takes an update back.
func (i *Item) hold(why ecosystems.Reason) {
	i.Target, i.Band, i.Edits = ecosystems.Target{}, "", nil
	i.end(Held, why)
}
