package dockerrules

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

// NoProvenanceLabels is the rule no-provenance-labels: the image does not say where it comes from.
var NoProvenanceLabels = check.Rule{
	ID: "no-provenance-labels", Level: check.Must, Mode: check.Information,
	Title:  "the image does not say where it comes from",
	Why:    "The labels source and revision lead from an image to its code.",
	Silent: "where no workflow pushes images, and where metadata-action, --label or a bake file sets labels.",
	Fixes:  "safe for source, where the address of the repository is known: of its remote origin, or of the forge; text for the revision: --label org.opencontainers.image.revision when it is built.",
	Source: "https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys",
	Docker: noProvenanceLabels,
}

func noProvenanceLabels(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	if len(d.Stages) == 0 {
		return nil
	}
	last := len(d.Stages) - 1
	set := labelsOf(d, last)
	if set[oci+"source"] && set[oci+"revision"] {
		return nil
	}
	if p := publishes(d.Repo); !p.pushes || p.labels {
		return nil
	}
	for _, key := range []string{"source", "revision"} {
		if set[oci+key] {
			continue
		}
		f := check.Finding{
			At: d.Instructions[d.Stages[last].First].Text.Span(d.Name), Stage: d.StageName(last), Evidence: key,
			Text: "the image is pushed without " + oci + key,
			Hint: "docker/metadata-action sets it",
		}
		if key == "source" && d.Address != "" {
			f.Fix = appended(d, "LABEL "+oci+"source="+strconv.Quote(d.Address))
		}
		found = append(found, f)
	}
	return found
}

// appended returns the fix that adds a line at the end of the file, and so to the last stage.
func appended(d *check.Docker, line string) *check.Fix {
	text := line + d.EOL()
	if !strings.HasSuffix(d.Source, "\n") {
		text = d.EOL() + line
	}
	at := len(d.Source)
	return &check.Fix{Kind: check.Safe, Text: "writes " + line, Edits: []ecosystems.Edit{{At: ecosystems.Span{File: d.Name, Start: at, End: at}, New: text}}}
}
