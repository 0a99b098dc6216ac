package imagerules

import (
	"fmt"

	"github.com/freshpin/freshpin/updater/check"
)

// NoDigest is the rule no-digest: images are not held by a digest.
var NoDigest = judge(check.Rule{
	ID: "no-digest", Level: check.Must, Mode: check.Information,
	Title:  "images are not held by a digest",
	Why:    "A tag with a version can be pushed again: only a digest makes a build repeatable.",
	Silent: "where the settings say digests: ignore; one finding a file.",
	Fixes:  "text: freshpin update writes digests, and keeps them fresh.",
	Source: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
}, noDigest)

func noDigest(list []check.Image, digests bool, _ *check.Facts) []check.Finding {
	if !digests {
		return nil
	}
	var first *check.Image
	n, all := 0, 0
	for k, i := range list {
		if !isImage(i.Dependency) || i.Pin.Text == "" {
			continue
		}
		all++
		// The rule latest reports its tags, and its fix writes a digest.
		if i.Pin.Digest == "" && !isLatest.MatchString(i.Pin.Text) {
			if n++; first == nil {
				first = &list[k]
			}
		}
	}
	if first == nil {
		return nil
	}
	images := "images"
	if all == 1 {
		images = "image"
	}
	return []check.Finding{{
		At: first.At[0], Evidence: "images",
		Text: fmt.Sprintf("%d of %d %s without a digest: freshpin update writes them", n, all, images),
	}}
}
