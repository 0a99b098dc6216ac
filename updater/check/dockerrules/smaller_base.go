package dockerrules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// SmallerBase is the rule smaller-base: a smaller build of the same base image exists.
var SmallerBase = check.Rule{
	ID: "smaller-base", Level: check.Should, Mode: check.Information,
	Title:  "a smaller build of the same base image exists",
	Why:    "What is not in the image cannot be attacked, needs no updates and is not downloaded.",
	Silent: "in stages that are no result; Alpine is not proposed for Python, whose wheels need glibc, nor where apt is used.",
	Fixes:  "text: the tag of the smaller build.",
	Source: "https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image",
	Docker: smallerBase,
}

// atMost is the largest size of a smaller base, in percent of the current one.
const atMost = 60

func smallerBase(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	seen := map[int]bool{}
	for _, stage := range d.Results {
		root := judged.RootOf(d, stage)
		if root < 0 || seen[root] || d.Stages[root].Unknown != "" || d.Stages[root].Base == "scratch" {
			continue
		}
		seen[root] = true
		s := d.Stages[root]
		if strings.Contains(s.Base, "alpine") || strings.Contains(s.Base, "distroless") || strings.Contains(s.Base, "slim") {
			continue
		}
		image, ok := facts.Image(s.Base, s.Platform)
		if !ok || image.Size == 0 {
			continue
		}
		variants, ok := facts.Smaller(s.Base, s.Platform)
		if !ok {
			continue
		}
		best := smallest(d, root, image.Size, variants)
		if best.Reference == "" {
			continue
		}
		found = append(found, check.Finding{
			At: s.Image.Span(d.Name), Stage: d.StageName(stage), Evidence: s.Image.String(),
			Text: fmt.Sprintf("%s has %d MB, %s %d MB", judged.Clip(s.Base, 60), image.Size>>20, best.Reference, best.Size>>20),
		})
	}
	return found
}

// smallest returns the smallest variant that can replace a base; the zero Variant for none.
func smallest(d *check.Docker, root int, size int64, variants []ecosystems.Variant) (best ecosystems.Variant) {
	base := d.Stages[root].Base
	noAlpine := strings.Contains(base, "python") || judged.Uses(d, root, "apt-get", "apt", "dpkg") || judged.Uses(d, len(d.Stages)-1, "apt-get", "apt", "dpkg")
	runs := slices.ContainsFunc(d.Scripts, func(s *runscript.Script) bool { return judged.RootOf(d, d.Instructions[s.Index].Stage) == root })
	for _, v := range variants {
		if noAlpine && strings.Contains(v.Reference, "alpine") || v.Size <= 0 || v.Size*100 > size*atMost {
			continue
		}
		if strings.Contains(v.Reference, "distroless") && runs { // which has no shell for RUN
			continue
		}
		if best.Reference == "" || v.Size < best.Size {
			best = v
		}
	}
	return best
}
