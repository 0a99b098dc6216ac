package updater

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
	"github.com/freshpin/freshpin/updater/provenance/signature"
	"github.com/freshpin/freshpin/updater/scan"
)

// A Planner makes plans. The zero value of every field but Ecosystems is useful.
type Planner struct {
	Ecosystems []ecosystems.Ecosystem
	Now        time.Time // for computing ages; zero means the time of the call
	Jobs       int       // most concurrent lookups; 0 means 64. The HTTP client has its own limits

	Only       func(*plan.Item) bool // selects items by file, position and dependency; nil means all
	Advisories advisory.Source       // nil for no advisories
	Ends       *endoflife.Table      // ends of release lines; nil for none

	Signatures *signature.Verifier // for images whose policy requires signatures; nil holds their updates back
	Releases   *notes.Source       // release notes; nil for none
	Limits     plan.Limits         // limits on the cost of a plan
	Layers     bool                // read the packages of images from their layers if no SBOM is attached

	Living   bool                  // leave ended release lines if the policy says so; for pull requests
	Details  bool                  // also look up details that do not affect decisions, such as the dates of images
	Explain  bool                  // also name the newest candidates in each Trace
	Seen     Sightings             // when versions were first seen, for unattended runs; nil trusts the publishers' dates
	Progress func(done, total int) // called after each lookup, possibly concurrently; nil for none
}

// Plan scans the trees and decides every dependency in them. Items that cannot be
// read or looked up are Failed in the plan. Plan returns an error only if it has to
// stop, for example because a tree exceeds the limits or ctx is cancelled.
func (p *Planner) Plan(ctx context.Context, trees []plan.Tree) (*plan.Plan, error) {
	r, out, err := p.begin(trees)
	if err != nil {
		return nil, err
	}
	r.decideEarly(out.Items)
	if err := r.lookUp(ctx, out.Items); err != nil {
		return nil, err
	}
	if err := r.advise(ctx, out); err != nil {
		return nil, err
	}
	if err := r.lookUp(ctx, out.Items); err != nil { // for the indirect requirements that an advisory affects
		return nil, err
	}
	if err := r.decideAll(ctx, out.Items); err != nil {
		return nil, err
	}
	imports(out.Items)
	edit.Verify(out.Items)
	if err := r.fitSets(ctx, out.Items); err != nil {
		return nil, err
	}
	for n := range out.Items {
		outcome(ctx, &out.Items[n])
	}
	forget(out.Items)
	if r.Details {
		if err := r.describe(ctx, out.Items); err != nil {
			return nil, err
		}
	}
	finish(out)
	out.FailedHosts = failedHosts(out.Items)
	return out, nil
}

// forget drops the searches of items whose target is final.
func forget(items []plan.Item) {
	for n := range items {
		// A tool may still refuse the target of an update that it makes.
		if i := &items[n]; i.Finisher() == nil || i.Status != plan.Update {
			i.Search, i.Options = nil, nil
		}
	}
}

// Items scans the trees and returns every dependency with its policy, without lookups and decisions.
func (p *Planner) Items(trees []plan.Tree) ([]plan.Item, error) {
	_, out, err := p.begin(trees)
	if err != nil {
		return nil, err
	}
	finish(out)
	return out.Items, nil
}

// begin returns a plan with all selected dependencies of the trees, undecided.
func (p *Planner) begin(trees []plan.Tree) (*run, *plan.Plan, error) {
	r := &run{
		Planner: p, now: p.Now, listings: map[ecosystems.Package]*listing{}, findings: map[subject][]*advisory.Finding{},
		directs: map[plan.ManifestKey][]plan.Item{},
	}
	if r.now.IsZero() {
		r.now = time.Now()
	}
	out := &plan.Plan{}
	reader := scan.Reader{Ecosystems: p.Ecosystems, Limits: p.Limits} // one for all trees, because the limits are those of a plan
	for _, t := range trees {
		items, files, err := reader.Items(t)
		if err != nil {
			return nil, nil, fmt.Errorf("scan %s: %w", cmp.Or(t.Prefix, "."), err)
		}
		out.Files += files
		out.Items = append(out.Items, r.keep(items, out)...)
		// Only now are all settings of the tree read: those of a folder are read with its first file.
		if err := t.Rules.Err(); err != nil {
			return nil, nil, err
		}
	}
	return r, out, nil
}

// A run is the state of making one plan: the results of lookups and decisions.
type run struct {
	*Planner
	now      time.Time
	listings map[ecosystems.Package]*listing
	spent    spent
	cache    lookups
	shared   spans
	directs  map[plan.ManifestKey][]plan.Item // the direct dependencies of each manifest, including those that are not selected

	unlisted []plan.Item // indirect requirements that no policy selects
	findings map[subject][]*advisory.Finding
}

// keep applies the policy to the items and returns those that are selected.
func (r *run) keep(items []*plan.Item, p *plan.Plan) []plan.Item {
	var kept []plan.Item
	keys := keyFiles{}
	for _, i := range items {
		if i.Origin.Ecosystem != nil {
			i.Policy = i.Origin.Tree.Rules.For(i.Dependency, ruledBy(i), r.now)
			i.Dependency.Trust, i.Dependency.Keys = trusts[i.Policy.Trust], keys.of(i)
		}
		r.rememberDirect(i) // also without Only: a tool that updates the selected ones may move it
		if r.Only != nil && !r.Only(i) {
			p.Filtered++
			continue
		}
		if isUnlisted(i) {
			p.Unlisted++
			r.unlisted = append(r.unlisted, *i)
			continue
		}
		kept = append(kept, *i)
	}
	return kept
}

// trusts maps a policy's requirement to the trust of checksums.
var trusts = map[policy.Accepted]ecosystems.Trust{
	policy.AcceptSigned: ecosystems.TrustSigned, policy.AcceptListed: ecosystems.TrustListed, policy.AcceptDigest: ecosystems.TrustDigest, policy.AcceptCompute: ecosystems.TrustCompute,
}

// keyFiles holds the contents of the key files of one tree by name, nil for a file
// that cannot be read.
type keyFiles map[string][]byte

// of returns the keys in the settings for an item whose checksums have to be signed.
func (k keyFiles) of(i *plan.Item) (keys []ecosystems.Key) {
	if _, ok := i.Origin.Ecosystem.(ecosystems.Prover); !ok {
		return nil
	}
	for _, name := range i.Policy.Keys {
		data, known := k[name]
		if !known {
			data, _ = localfs.ReadFile(i.Origin.Tree.FS, name, maxKeys) // without the file no signature is valid, so updates that need it are held back
			k[name] = data
		}
		keys = append(keys, ecosystems.Key{File: name, Data: data})
	}
	return keys
}

const maxKeys = 1 << 20 // bytes of one file with keys

// ruledBy returns the file whose rules apply to an item. If files include others,
// that is the file of the line, since the source of a compiled file has its own rules.
func ruledBy(i *plan.Item) string {
	if d := i.Dependency; i.Origin.Ecosystem.Info().Includes && len(d.At) > 0 && d.At[0].File != "" {
		return d.At[0].File
	}
	return i.Origin.Manifest
}

// isUnlisted reports whether an item is an indirect requirement that no policy selects. Items with a problem are always listed.
func isUnlisted(i *plan.Item) bool {
	d := i.Dependency
	return !d.Direct && !i.Policy.Indirect && !d.Skip.Unread()
}

// decideEarly decides the items that need no lookup, because they are skipped or have failed.
func (r *run) decideEarly(items []plan.Item) {
	for n := range items {
		i := &items[n]
		d := i.Dependency
		switch {
		case d.Skip.Unread():
			i.End(plan.Failed, d.Skip)
		case i.Policy.Ignore != "":
			i.End(plan.Skipped, ecosystems.Reason{Code: ecosystems.Ignored, Text: i.Policy.Ignore})
		case d.Ignored:
			i.End(plan.Skipped, ecosystems.Reason{Code: ecosystems.Ignored, Text: "told to ignore by the comment beside it"})
		case !d.Skip.IsLookup():
			i.End(plan.Skipped, d.Skip)
		case i.Kind().Digests && d.Pin.Version.IsName() && d.Pin.Digest == "" && !i.Policy.Pin:
			skipUnpinned(i)
		}
	}
}

// latestTag is the default tag of a reference.
const latestTag = "latest"

// skipUnpinned skips an image whose tag names no version and that has no digest: there
// is no version to move.
func skipUnpinned(i *plan.Item) {
	tag := cmp.Or(i.Dependency.Pin.Version.Text, latestTag)
	i.Current, i.Safe, i.Minor, i.Latest = tag, tag, tag, tag
	text := fmt.Sprintf("the tag %q names no version, and there is no digest; pin: true adds one", tag)
	if i.Dependency.Pin.Text == "" {
		text = "no tag and no digest, so every build may get another image; pin: true adds a digest"
	}
	i.End(plan.Skipped, ecosystems.Reason{Code: ecosystems.Unpinned, Text: text})
}

// each calls f for every index below n, with up to r.Jobs calls at a time, and reports progress.
func (r *run) each(ctx context.Context, n int, f func(ctx context.Context, i int)) error {
	var g errgroup.Group
	g.SetLimit(cmp.Or(r.Jobs, 64))
	var done atomic.Int64
	for i := range n {
		g.Go(func() error {
			f(ctx, i)
			if r.Progress != nil {
				r.Progress(int(done.Add(1)), n)
			}
			return nil
		})
	}
	_ = g.Wait()                 // f returns no error: failures are results
	return plan.Interrupted(ctx) // an expired deadline has made the remaining items Failed
}

// finish sorts the plan and sets the identity of every item.
func finish(p *plan.Plan) {
	slices.SortStableFunc(p.Items, func(a, b plan.Item) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	// Counted in the order of the lines, so that an ID stays when lines move.
	seen := map[string]int{}
	for n := range p.Items {
		i := &p.Items[n]
		key := i.File + "#" + i.Dependency.Ecosystem + ":" + i.Dependency.Package.Name
		seen[key]++
		i.ID = fmt.Sprintf("%s#%d", key, seen[key])
		if base := i.Origin.Tree.Base; base != "" {
			i.ID += "@" + base
		}
	}
}
