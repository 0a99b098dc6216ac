package imagerules

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// Latest is the rule latest: an image is taken by the tag latest.
var Latest = judge(check.Rule{
	ID: "latest", Level: check.Must, Mode: check.Default,
	Title:  "an image is taken by the tag latest",
	Why:    "The tag latest moves to every new release, also across breaking ones: builds differ from day to day.",
	Silent: "with a digest it is information: the digest holds the image.",
	Fixes:  "all: writes the tag with a version that names the same image today, and its digest.",
	Source: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
	Also:   []string{"DL3007", "CKV_DOCKER_7", "DS-0001", "f45ea400-6bbe-4501-9fc7-1c3d75c32067"},
}, latest)

var isLatest = lazyregexp.New(`^latest(-|$)`)

func latest(list []check.Image, _ bool, facts *check.Facts) (found []check.Finding) {
	for _, i := range list {
		// A tag such as latest-1.2 has a version.
		if !isImage(i.Dependency) || !isLatest.MatchString(i.Pin.Text) || len(i.Pin.Version.Release) > 0 {
			continue
		}
		f := check.Finding{
			At: i.At[0], Stage: i.Stage, Evidence: i.Name + ":" + i.Pin.Text,
			Text: fmt.Sprintf("%s:%s is another image tomorrow", i.Name, i.Pin.Text),
		}
		if i.Pin.Digest != "" {
			f.Mode, f.Text = check.Information, fmt.Sprintf("%s:%s is held by its digest, but tells no version", i.Name, i.Pin.Text)
		} else {
			f.Hint, f.Fix = twinFix(i, facts)
		}
		found = append(found, f)
	}
	return found
}
