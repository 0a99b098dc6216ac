package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Pins returns the digest for v, and compares the platforms of v with those of
// the pin.
//
// It takes one HEAD request if the tag stays and its digest is new or unchanged.
// Otherwise it requests the manifests of both images, and for an image without an
// index its config, which has the platform.
func (r *Registry) Pins(ctx context.Context, repository string, pin ecosystems.Pin, v version.Version) (ecosystems.Target, error) {
	tag := cmp.Or(v.Text, "latest")
	image := repository + ":" + tag
	repo, err := r.repository(repository)
	if err != nil {
		return ecosystems.Target{}, wrap("look up", image, nil, err)
	}
	c := comparison{r: r, repo: repo, pin: pin, tag: tag, target: ecosystems.Target{Version: v}}
	if err := c.run(ctx); err != nil {
		return ecosystems.Target{}, wrap("look up", image, repo, err)
	}
	return c.target, nil
}

// A comparison compares the image of a pin with that of its target.
type comparison struct {
	r        *Registry
	repo     *repository
	pin      ecosystems.Pin
	tag      string
	old, new *manifest
	target   ecosystems.Target
}

func (c *comparison) run(ctx context.Context) error {
	ref := c.tag
	if c.target.Version.Text == c.pin.Version.Text {
		digest, err := c.r.digest(ctx, c.repo, c.tag)
		if err != nil {
			return err
		}
		c.target.Digest = digest
		c.target.Unchanged = digest == c.pin.Digest
		if c.pin.Digest == "" || c.target.Unchanged {
			return nil
		}
		ref = digest // the cache keeps manifests by digest without a limit of age
	}
	if err := c.load(ctx, ref); err != nil {
		return err
	}
	c.target.Digest = c.new.digest
	if c.new.schema1 || c.old != nil && c.old.schema1 {
		c.note(ecosystems.Schema1, "an image of Docker's first format, which registries are dropping")
	}
	if c.old == nil {
		return c.serves(ctx)
	}
	return c.compare(ctx)
}

func (c *comparison) note(code, text string) {
	c.target.Notes = append(c.target.Notes, ecosystems.Note{Code: code, Text: text})
}

// load requests the manifests of both images. The old one may no longer exist.
func (c *comparison) load(ctx context.Context, newRef string) (err error) {
	if c.new, err = c.r.manifest(ctx, c.repo, newRef); err != nil {
		return err
	}
	ref := cmp.Or(c.pin.Digest, c.pin.Version.Text)
	switch ref {
	case "":
		return nil
	case c.new.digest:
		c.old = c.new
		return nil
	}
	if c.old, err = c.r.manifestKept(ctx, c.repo, ref, aWeek); err == nil {
		return nil
	}
	switch fetch.Code(err) {
	case fetch.NotFound:
		c.gone(ref)
	case fetch.BadAnswer, fetch.TooLarge:
		c.note(ecosystems.NotCompared, "the image in use could not be read for comparison: nothing can be compared")
	default:
		return fmt.Errorf("compare with %s: %w", ref, err)
	}
	return nil
}

func (c *comparison) gone(ref string) {
	if c.pin.Digest != "" {
		c.note(ecosystems.DigestGone, "the registry no longer has the pinned digest, so what has not kept it cannot be built: the digest that is proposed takes its place")
		return
	}
	c.note(ecosystems.TagGone, "the registry no longer has the tag "+ref+", so what has not kept it cannot be built: the tag that is proposed takes its place")
}

// compare records whether the new image is equal to the old one, which platforms
// it lacks, and which of its digests replaces the old one.
func (c *comparison) compare(ctx context.Context) error {
	if c.old.digest == c.new.digest {
		c.unchanged()
		return nil
	}
	if c.old.index && c.new.index && sameImages(c.old, c.new) {
		c.unchanged()
		return nil
	}
	if c.pin.Digest != "" && !c.old.index && c.new.index {
		return c.stay(ctx)
	}
	was, err := c.offers(ctx, c.old)
	if err != nil {
		return err
	}
	offers, err := c.offers(ctx, c.new)
	if err != nil {
		return err
	}
	if len(offers) > 0 { // empty means unknown
		c.missing(was, offers)
	}
	return nil
}

// unchanged keeps the pinned digest: an index that was rewritten with the same
// images is no update.
func (c *comparison) unchanged() {
	c.target.Unchanged = true
	if c.pin.Digest != "" {
		c.target.Digest = c.pin.Digest
	}
}

// missing records the platforms in use that the new image lacks. In use are all
// platforms of the old image, or the one that the file names.
func (c *comparison) missing(was, offers []offer) {
	if named := parsePlatform(c.pin.Platform); named != "" {
		if len(was) == 0 {
			was = []offer{{platform: named}}
		}
		was = slices.DeleteFunc(was, func(o offer) bool { return o.platform != named })
	}
	// Official images for Linux also have images for a few builds of Windows, which
	// change within a release line. For them a different build is only a note.
	builds := !slices.ContainsFunc(was, func(o offer) bool { return !o.windows() })
	var gone []string
	for _, o := range was {
		switch {
		case !o.among(offers, builds):
			if !builds {
				o.build = ""
			}
			c.target.Missing = append(c.target.Missing, o.String())
		case !o.among(offers, true):
			gone = append(gone, o.String())
		}
	}
	slices.Sort(c.target.Missing)
	c.target.Missing = slices.Compact(c.target.Missing)
	if len(gone) > 0 {
		slices.Sort(gone)
		c.note(ecosystems.WindowsBuild, "there is no image any more for "+strings.Join(slices.Compact(gone), " and "))
	}
}

// serves checks the platform that the file names, if the old image no longer exists.
func (c *comparison) serves(ctx context.Context) error {
	if parsePlatform(c.pin.Platform) == "" {
		return nil
	}
	offers, err := c.offers(ctx, c.new)
	if err == nil && len(offers) > 0 {
		c.missing(nil, offers)
	}
	return err
}

// stay sets the digest of the new image for the same platform, because the pin is
// to an image of one platform.
func (c *comparison) stay(ctx context.Context) error {
	want := offer{platform: parsePlatform(c.pin.Platform)}
	if c.holds(c.old.digest) {
		c.target.Unchanged = true
		c.target.Digest = c.pin.Digest
		c.advise(want.platform)
		return nil
	}
	if want.platform == "" || want.windows() { // for Windows, the config has the build
		was, err := c.offers(ctx, c.old)
		if err != nil {
			return err
		}
		if len(was) > 0 {
			want = was[0]
		}
	}
	if want.platform == "" {
		c.note(ecosystems.PlatformDigest, "the digest pinned is that of an image of an unknown platform; the new one is that of the index")
		return nil
	}
	c.advise(want.platform)
	for _, child := range c.new.children {
		if child.among([]offer{want}, true) {
			c.target.Digest = child.digest
			return nil
		}
	}
	c.target.Missing = []string{want.String()}
	return nil
}

func (c *comparison) holds(digest string) bool {
	return slices.ContainsFunc(c.new.children, func(ch child) bool { return ch.digest == digest })
}

func (c *comparison) advise(platform string) {
	c.note(ecosystems.PlatformDigest, fmt.Sprintf("the digest pinned is that of %s only; that of the index, %s, serves all platforms", cmp.Or(platform, "one platform"), c.new.digest))
}

// offers returns the platforms of a manifest, unordered; none if unknown.
func (c *comparison) offers(ctx context.Context, m *manifest) (list []offer, err error) {
	switch {
	case m.index:
		for _, child := range m.children {
			if child.platform != "" {
				list = append(list, child.offer)
			}
		}
		return list, nil
	case m.schema1:
		return []offer{{platform: m.platform}}, nil
	}
	config, err := c.r.config(ctx, c.repo, m)
	if o := config.platform.offer(); err == nil && o.platform != "" {
		list = []offer{o}
	}
	return list, err
}

// sameImages reports whether two indexes have the same images for the same platforms.
func sameImages(a, b *manifest) bool {
	return slices.Equal(images(a), images(b)) && len(a.children) > 0
}

func images(m *manifest) (list []string) {
	for _, c := range m.children {
		list = append(list, c.platform+" "+c.digest)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
