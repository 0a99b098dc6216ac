package imagerules

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

// NoVersion is the rule no-version: an image is named without a version.
var NoVersion = judge(check.Rule{
	ID: "no-version", Level: check.Must, Mode: check.Default,
	Title:  "an image is named without a version",
	Why:    "Without a tag or digest every build may get another image: what runs is unknown and cannot be built again.",
	Silent: "for scratch, for stages, and where a variable without a default holds the version.",
	Fixes:  "all: writes the tag with a version that names the same image today, and its digest.",
	Source: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
	Also:   []string{"DL3006", "CKV_DOCKER_7", "DS-0001", "9efb0b2d-89c9-41a3-91ca-dcc0aec911fd"},
}, noVersion)

func noVersion(list []check.Image, _ bool, facts *check.Facts) (found []check.Finding) {
	for _, i := range list {
		if i.Skip.Code != ecosystems.Unpinned || i.Pin.Text != "" || i.Pin.Digest != "" {
			continue
		}
		f := check.Finding{
			At: i.At[0], Stage: i.Stage, Evidence: i.Name,
			Text: fmt.Sprintf("%s names no version: every build may get another image", i.Name),
		}
		f.Hint, f.Fix = twinFix(i, facts)
		found = append(found, f)
	}
	return found
}
