package dockerrules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// UnknownLabel is the rule unknown-label: a label uses a key that the OCI image specification does not define.
var UnknownLabel = check.Rule{
	ID: "unknown-label", Level: check.Must, Mode: check.Strict,
	Title:  "a label uses a key that the OCI image specification does not define",
	Why:    "Keys below org.opencontainers.image. are reserved: no program reads one that is not defined.",
	Fixes:  "safe: writes the key that is meant, where that is known.",
	Source: "https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys",
	Docker: unknownLabel,
}

// meant maps wrong keys that people use to the right ones.
var meant = map[string]string{
	"name": "title", "author": "authors", "maintainer": "authors", "license": "licenses", "docs": "documentation", "homepage": "url", "vcs-url": "source", "vcs-ref": "revision",
	"build-date": "created", "date": "created", "commit": "revision", "ref": "revision", "repository": "source", "desc": "description",
}

func unknownLabel(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for _, in := range judged.Instructions(d, "label") {
		for _, p := range d.Pairs(*in) {
			raw := p.Name.String()
			key, reserved := strings.CutPrefix(strings.Trim(raw, `"'`), oci)
			if !reserved || keys[key] || strings.Contains(key, "$") {
				continue
			}
			f := check.Finding{
				At: p.Name.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: oci + key,
				Text: fmt.Sprintf("%s%s is not defined by the OCI image specification", oci, judged.Clip(key, 40)),
			}
			// If the right key is there as well, the fix would set it twice.
			if right, known := meant[key]; known && !labelsOf(d, in.Stage)[oci+right] {
				f.Hint = oci + right + " is meant"
				i := strings.Index(raw, oci) + len(oci)
				at := p.Name.Slice(i, i+len(key)).Span(d.Name)
				f.Fix = &check.Fix{Kind: check.Safe, Text: "writes " + oci + right, Edits: []ecosystems.Edit{{At: at, Old: key, New: right}}}
			}
			found = append(found, f)
		}
	}
	return found
}
