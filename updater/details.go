package updater

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
	"github.com/freshpin/freshpin/updater/provenance"
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

// describe looks up the descriptions of all updates of the plan.
func (r *run) describe(ctx context.Context, items []plan.Item) error {
	updates := plan.Updates(items)
	return r.each(ctx, len(updates), func(ctx context.Context, n int) { r.Planner.describe(ctx, updates[n], r.compare) })
}

// Describe adds a description to an update: the changes in an image, or the
// releases between two versions of a package. It does not affect decisions, so a
// failed lookup only leaves the description out or adds one line about the failure.
func (p *Planner) Describe(ctx context.Context, i *plan.Item) { p.describe(ctx, i, p.compare) }

// A comparer compares two images.
type comparer func(context.Context, ecosystems.Images, compared) (*provenance.Comparison, error)

func (p *Planner) describe(ctx context.Context, i *plan.Item, compare comparer) {
	if i.Kind().Image {
		if _, err := contentsOf(ctx, i, i.Target, compare); err != nil {
			i.Tracef("what is new in it: %v", err)
		}
		return
	}
	if err := p.releases(ctx, i); err != nil {
		i.Tracef("release notes: %v", err)
	}
}

// contentsOf compares the image of a target with the one in use, once; nil if there
// is no image to compare with.
func contentsOf(ctx context.Context, i *plan.Item, to ecosystems.Target, compare comparer) (*provenance.Comparison, error) {
	images := imagesOf(i)
	pin := i.Dependency.Pin
	q := compared{i.Dependency.Package.Name, cmp.Or(pin.Digest, pin.Version.Text, latestTag), cmp.Or(to.Digest, to.Version.Text), pin.Platform}
	if images == nil || i.Contents != nil || q.was == q.now || pin.Digest == "" && pin.Version.Text == to.Version.Text {
		return i.Contents, nil
	}
	c, err := compare(ctx, images, q)
	i.Contents = c
	return c, err
}

func (p *Planner) compare(ctx context.Context, images ecosystems.Images, q compared) (*provenance.Comparison, error) {
	r := provenance.Reader{Layers: p.Layers, Advisories: p.Advisories, Now: p.Now}
	return r.Compare(ctx, images, q.repository, q.was, q.now, q.platform)
}

// compare compares two images once, even if several files name them.
func (r *run) compare(ctx context.Context, images ecosystems.Images, q compared) (*provenance.Comparison, error) {
	return r.cache.contents.get(q, func() (*provenance.Comparison, error) { return r.Planner.compare(ctx, images, q) })
}

// imagesOf returns the source of images of an item's ecosystem; nil if it has none.
func imagesOf(i *plan.Item) ecosystems.Images {
	if r, ok := i.Origin.Ecosystem.(ecosystems.ImageReader); ok && i.Kind().Image {
		return r.Registry()
	}
	return nil
}

// releases reads the publisher's notes of the releases up to the target.
func (p *Planner) releases(ctx context.Context, i *plan.Item) error {
	reader, ok := i.Origin.Ecosystem.(ecosystems.Advised)
	if p.Releases == nil || !ok || i.Releases != nil || i.Current == "" {
		return nil
	}
	links, err := i.Links(ctx)
	if err != nil {
		return err
	}
	pkg := i.Dependency.Package
	compare := func(a, b string) (int, bool) {
		v, ok := reader.ReadVersion(pkg, a)
		w, also := reader.ReadVersion(pkg, b)
		return version.Compare(v, w), ok && also
	}
	for _, address := range []string{links.Notes, links.Source} {
		list, err := p.Releases.For(pkg.Name).Between(ctx, address, i.Current, i.Target.Version.Text, notes.Compare(compare))
		if err != nil {
			return err
		}
		if list.URL != "" {
			i.Releases = &list
			return nil
		}
	}
	return nil
}

// worth reports whether to propose a rebuilt image. If the policy wants only some
// rebuilds, it compares the contents of the images.
func (d *decider) worth(ctx context.Context, t ecosystems.Target) bool {
	i := d.item
	if i.Policy.Worth == policy.RebuildAny || i.Dependency.Pin.Digest == "" {
		return true
	}
	c, err := contentsOf(ctx, i, t, d.compare)
	if err != nil || c == nil {
		i.Notef(ecosystems.RebuildUnknown, "what differs in the rebuilt %s could not be read, so it is proposed: %v", t.Version, err)
		return true
	}
	verdict := c.Worth()
	switch {
	case verdict == provenance.Same:
		d.block(ecosystems.Rebuild, "the rebuilt %s changes no package", t.Version)
		return false
	case verdict == provenance.Unknown:
		i.Notef(ecosystems.RebuildUnknown, "whether the rebuilt %s changes any package is not known, so it is proposed: %s", t.Version, c.Why)
	case i.Policy.Worth == policy.RebuildSecurity && c.Packages != nil && d.Advisories != nil && c.AdvisedErr == nil && len(c.Fixes) == 0:
		d.block(ecosystems.Rebuild, "the rebuilt %s fixes no known vulnerability: %s", t.Version, c.Summary())
		return false
	}
	return true
}

// signed reports whether the image of a target has the signature that the policy
// requires. It returns an error if it cannot find out.
func (d *decider) signed(ctx context.Context, t ecosystems.Target) (bool, error) {
	i := d.item
	want := i.Policy.Verify
	images := imagesOf(i)
	if want == (policy.Verify{}) || images == nil || t.Unchanged || t.Digest == "" {
		return true, nil
	}
	name := fmt.Sprintf("%s (%s)", cmp.Or(t.Version.Text, latestTag), ecosystems.ShortDigest(t.Digest))
	demand := signature.Demand{KeyName: want.Key, Issuer: want.Issuer, Identity: want.Identity}
	if want.Key != "" {
		key, err := fs.ReadFile(i.Origin.Tree.FS, want.Key)
		if err != nil || len(key) == 0 {
			d.block(ecosystems.Signature, "%s is not verified: the key %s cannot be read", name, want.Key)
			return false, nil
		}
		demand.Key = key
	}
	if d.Signatures == nil {
		d.block(ecosystems.Signature, "%s is not verified: nothing here verifies signatures", name)
		return false, nil
	}
	key := demanded{i.Dependency.Package.Name, t.Digest, string(demand.Key), demand.Issuer, demand.Identity}
	by, err := d.cache.signers.get(key, func() (string, error) {
		return d.Signatures.Verify(ctx, images, key.repository, key.digest, demand)
	})
	var no *signature.Rejection
	switch {
	case errors.As(err, &no):
		d.block(ecosystems.Signature, "%s is not proposed: %s", name, no.Why)
		return false, nil
	case err != nil:
		return false, err
	}
	i.Notef(ecosystems.Signed, "%s is signed by %s", name, by)
	return true, nil
}
