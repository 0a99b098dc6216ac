package decide

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// A Group holds the updates that share a pull request.
type Group struct {
	Key     string // "dockerfile", "first-digests", "gomod/golang.org/x/net"
	On      string // base branch; "" for the default branch
	Updates []plan.Item
	Single  bool // cannot be split further
}

// Keep keeps the updates that were made, with their requested targets. Pairs and
// fingerprints are about these, even if a tool has chosen other versions.
func (g *Group) Keep(made []plan.Item) {
	is := map[string]bool{}
	for n := range made {
		is[made[n].ID] = true
	}
	g.Updates = slices.DeleteFunc(g.Updates, func(asked plan.Item) bool { return !is[asked.ID] })
}

// Branch returns the name of the group's branch in the repository, without refs/heads/.
func (g *Group) Branch() string { return message.Branch(Scoped(g.On, g.Key)) }

// Pairs returns what the group proposes.
func (g *Group) Pairs() []Pair {
	var list []Pair
	for n := range g.Updates {
		list = append(list, PairOf(&g.Updates[n]))
	}
	return list
}

// PairOf returns what an update proposes. For a first digest it names the tag instead of the digest, so that a refusal applies until the tag changes.
func PairOf(i *plan.Item) Pair {
	to := i.Target.Version.Text
	switch {
	case i.Band == version.Digest.String() && i.Dependency.Pin.Digest == "":
		to += "@first"
	case i.Band == version.Digest.String():
		to += "@" + i.Target.Digest
	}
	return Pair{i.ID, to}
}

// Groups divides the updates into groups. Updates at the same place stay together.
func Groups(items []plan.Item, m *Memory, chosen func(ecosystems.Dependency) bool) []*Group {
	byKey := map[string]*Group{}
	var order []string
	keys := keysOf(items, m, chosen)
	for n, i := range items {
		key, single := keys[n].key, keys[n].single
		if byKey[key] == nil {
			byKey[key] = &Group{Key: key, On: i.Origin.Tree.Base, Single: single}
			order = append(order, key)
		}
		byKey[key].Updates = append(byKey[key].Updates, i)
	}
	slices.Sort(order)
	var list []*Group
	for _, key := range order {
		list = append(list, byKey[key])
	}
	return parted(unite(list))
}

// A keyed is the key of an update's group, and whether the group has only that update.
type keyed struct {
	key    string
	single bool
}

// keysOf returns the keys of updates. An update in its own group includes the updates
// that it needs.
func keysOf(items []plan.Item, m *Memory, chosen func(ecosystems.Dependency) bool) []keyed {
	keys := make([]keyed, len(items))
	at := map[ecosystems.Span]int{}
	var order []int
	for n := range items {
		i := &items[n]
		keys[n].key, keys[n].single = keyOf(i, m, chosen(i.Dependency))
		if len(i.Dependency.At) > 0 {
			at[i.Dependency.At[0]] = n
		}
		if keys[n].single || alone(i) {
			order = append(order, n)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(keys[a]), rank(keys[b])), cmp.Compare(keys[a].key, keys[b].key))
	})
	taken := map[int]bool{}
	for _, n := range order {
		insertKeyed(items, at, keys, taken, n)
	}
	return keys
}

// alone reports whether an update gets its own group by policy.
func alone(i *plan.Item) bool { return i.Policy.Proposal.Group == policy.ByDependency }

// rank sorts groups that need not wait first.
func rank(k keyed) int {
	if Urgent(k.key) {
		return 0
	}
	return 1
}

// insertKeyed gives the key of an update to all updates that it needs, unless they
// already are in another group.
func insertKeyed(items []plan.Item, at map[ecosystems.Span]int, keys []keyed, taken map[int]bool, n int) {
	if taken[n] {
		return
	}
	taken[n] = true
	for _, place := range items[n].With {
		other, ok := at[place]
		if !ok || taken[other] {
			continue
		}
		keys[other] = keys[n]
		insertKeyed(items, at, keys, taken, other)
	}
}

// keyOf returns the key of an update's group, and whether the group has only that update.
func keyOf(i *plan.Item, m *Memory, chosen bool) (string, bool) {
	alone := i.Dependency.Ecosystem + "/" + i.Dependency.Package.Name
	if chosen {
		return "chosen/" + alone, true
	}
	if i.Security {
		return securityKey + alone, true
	}
	if i.LineMove {
		return lineKey + alone, true
	}
	if name := namedGroup(i); name != "" {
		return split(m, timed(namedKey+name, i), i)
	}
	if i.Policy.Proposal.Group == policy.ByDependency {
		return alone, true
	}
	key := special(i)
	switch i.Policy.Proposal.Group {
	case policy.ByRepository:
		key = cmp.Or(key, "all")
	case policy.ByDirectory:
		key = strings.TrimSuffix("in/"+path.Dir(i.Manifest())+"/"+key, "/")
	default:
		key = cmp.Or(key, i.Dependency.Ecosystem)
	}
	return split(m, timed(key, i), i)
}

// namedKey is the prefix of the keys of named groups from the settings.
const namedKey = "group/"

// namedGroup returns the first named group that matches an update; "" for none. It
// excludes first digests and floating digests, which are not grouped with versions.
func namedGroup(i *plan.Item) string {
	for _, g := range i.Policy.Proposal.Named {
		if g.Takes(bandOf(i)) {
			return strings.TrimSuffix(g.Name+"/"+special(i), "/")
		}
	}
	return ""
}

func bandOf(i *plan.Item) version.Level {
	for _, level := range []version.Level{version.Patch, version.Minor, version.Major} {
		if level.String() == i.Band {
			return level
		}
	}
	return version.Digest
}

// split returns the key of a group, or, if the group is split, the key of its part for
// one package.
func split(m *Memory, key string, i *plan.Item) (string, bool) {
	if slices.Contains(m.Split, Scoped(i.Origin.Tree.Base, key)) {
		return key + "/" + i.Dependency.Package.Name, true
	}
	return key, false
}

// securityKey is the prefix of the keys of security fixes, which each have their own group.
const securityKey = "security/"

// lineKey is the prefix of the keys of drafts that leave an ended release line, which each have their own group.
const lineKey = "line/"

// Urgent reports whether a group is exempt from schedules and limits.
func Urgent(key string) bool { return strings.HasPrefix(key, securityKey) }

// Fixes reports whether an update of a group fixes an advisory.
func (g *Group) Fixes() bool {
	return Urgent(g.Key) || slices.ContainsFunc(g.Updates, func(i plan.Item) bool { return i.Security })
}

// special returns the group for digests that are not grouped with versions; "" for other updates.
func special(i *plan.Item) string {
	pin := i.Dependency.Pin
	switch {
	case i.Band != version.Digest.String():
		return ""
	case pin.Digest == "":
		return "first-digests"
	case Floating(i):
		return "floating-digests"
	}
	return ""
}

// Floating reports whether a new digest under the same tag may be any newer version.
func Floating(i *plan.Item) bool {
	return i.Band == version.Digest.String() && len(i.Dependency.Pin.Version.Release) < 2
}

// unite merges groups that edit the same place into the first of them.
func unite(list []*Group) []*Group {
	owner := map[string]*Group{}
	var kept []*Group
	for _, g := range list {
		into := g
		for _, i := range g.Updates {
			for _, e := range i.Edits {
				if o := owner[place(e)]; o != nil && into == g {
					into = o
				}
			}
		}
		if into == g {
			kept = append(kept, g)
		} else {
			into.Updates = append(into.Updates, g.Updates...)
		}
		for _, i := range g.Updates {
			for _, e := range i.Edits {
				owner[place(e)] = into
			}
		}
	}
	return kept
}

func place(e plan.Edit) string { return fmt.Sprintf("%s:%d", e.At.File, e.At.Start) }

// Fingerprint is the same for equal changes of files with equal contents. Changes of
// other files on the base branch do not affect it.
func (g *Group) Fingerprint(files map[string]forge.Entry) string {
	var lines []string
	for n := range g.Updates {
		i := &g.Updates[n]
		pair := PairOf(i)
		// Quoted, so that no text can end its line and pose as another one.
		lines = append(lines, fmt.Sprintf("%q to %q %q %q", pair.ID, pair.To, i.Target.Digest, i.Target.Hashes))
		for _, e := range i.Edits {
			lines = append(lines, fmt.Sprintf("edit %q %q %q", e.At.File, e.Old, e.New))
		}
		for _, file := range i.Inputs() {
			lines = append(lines, fmt.Sprintf("file %q %s", file, files[file].Hash))
		}
	}
	slices.Sort(lines)
	sum := sha256.New()
	for _, l := range slices.Compact(lines) {
		_, _ = io.WriteString(sum, l+"\n") // writing to a hash cannot fail
	}
	return hex.EncodeToString(sum.Sum(nil))[:20]
}

// Over is the same for equal contents of the files that a group edits.
func (g *Group) Over(files map[string]forge.Entry) string {
	var lines []string
	for n := range g.Updates {
		for _, file := range g.Updates[n].Inputs() {
			lines = append(lines, fmt.Sprintf("%q %s", file, files[file].Hash))
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:])[:20]
}

// IDs returns the IDs of the items of the group.
func (g *Group) IDs() []string {
	var list []string
	for n := range g.Updates {
		list = append(list, g.Updates[n].ID)
	}
	return list
}
