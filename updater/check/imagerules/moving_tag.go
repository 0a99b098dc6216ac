package imagerules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// MovingTag is the rule moving-tag: a tag names no version.
var MovingTag = judge(check.Rule{
	ID: "moving-tag", Level: check.Must, Mode: check.Information,
	Title:  "a tag names no version",
	Why:    "Tags such as stable, slim or alpine move to new releases as latest does.",
	Silent: "for codenames of systems (bookworm, jammy), for nonroot, and with a digest.",
	Fixes:  "text: the tag with a version that names the same image today.",
	Source: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
}, movingTag)

// codenames matches tags that mean one release of a system, or a variant of an image without versions.
var codenames = lazyregexp.New(`(?i)(^|-)(` +
	"wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|sid|" +
	"trusty|xenial|bionic|focal|jammy|noble|mantic|lunar|oracular|plucky|questing|kinetic|impish|hirsute|groovy|" +
	"nonroot|debug|debug-nonroot|static|dind|rootless" + `)(-|$)`)

func movingTag(list []check.Image, _ bool, facts *check.Facts) (found []check.Finding) {
	for _, i := range list {
		tag := i.Pin.Text
		// A digit is taken for a version, and $ for a variable. The rule latest judges its own tags.
		if !isImage(i.Dependency) || tag == "" || i.Pin.Digest != "" || strings.ContainsAny(tag, "0123456789$") || codenames.MatchString(tag) || isLatest.MatchString(tag) {
			continue
		}
		f := check.Finding{
			At: i.At[0], Stage: i.Stage, Evidence: i.Name + ":" + tag,
			Text: fmt.Sprintf("%s:%s names no version", i.Name, tag),
		}
		if twin, ok := facts.Twin(Reference(i.Dependency)); ok && twin.Tag != "" {
			f.Hint = fmt.Sprintf("%s:%s is the same image today", i.Name, twin.Tag)
		}
		found = append(found, f)
	}
	return found
}
