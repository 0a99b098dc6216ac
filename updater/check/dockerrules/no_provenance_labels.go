package dockerrules

import (
	"github.com/freshpin/freshpin/updater/check"
)

// NoProvenanceLabels is the rule of this row:
// | no-provenance-labels | M | i | result stage lacks org.opencontainers.image.source and .revision in a repository that pushes images | metadata-action, --label, bake labels | safe for source; text for the rest |
var NoProvenanceLabels = check.Rule{
	ID: "no-provenance-labels", Level: check.Must, Mode: check.Information,
	Title:  "the image does not say where it comes from",
	Why:    "With the labels source and revision everybody who finds the image finds its code.",
	Silent: "where no workflow pushes images, and where metadata-action, --label or a bake file sets labels.",
	Mends:  "text: LABEL org.opencontainers.image.source, and --label org.opencontainers.image.revision when it is built.",
	Source: "https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys",
	Docker: noProvenanceLabels,
}

func noProvenanceLabels(d *check.Docker, _ *check.Facts) []check.Finding {
	if len(d.Stages) == 0 {
		return nil
	}
	last := len(d.Stages) - 1
	set := labelsOf(d, last)
	missing := []string{}
	for _, key := range []string{"source", "revision"} {
		if !set[oci+key] {
			missing = append(missing, oci+key)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if p := publishes(d.Repo); !p.pushes || p.labels {
		return nil
	}
	return []check.Finding{{
		At: d.Instructions[d.Stages[last].First].Text.Span(d.Name), Stage: d.StageName(last), Evidence: "labels",
		Text: "the image is pushed without " + and(missing),
		Hint: "docker/metadata-action sets both",
	}}
}
