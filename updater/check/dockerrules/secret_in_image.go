package dockerrules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
	"github.com/freshpin/freshpin/updater/check/secret"
)

// SecretInImage is the rule secret-in-image: a secret is written into the image.
var SecretInImage = check.Rule{
	ID: "secret-in-image", Level: check.Could, Mode: check.Default,
	Title:  "a secret is written into the image",
	Why:    "ENV, ARG and LABEL stay in the image and its history: all users of the image can read them.",
	Silent: "for ids, paths, switches, placeholders and variables, and for names that mean a file, a fingerprint or a public key.",
	Fixes:  "none: use RUN --mount=type=secret, or give the value when the container starts; and change the secret.",
	Source: "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
	Also:   []string{"SecretsUsedInArgOrEnv", "CKV_SECRET_6", "DS-0031", "3e2d3b2f-c22a-4df1-9cc6-a7a0aebb0c99"},
	Docker: secretInImage,
}

func secretInImage(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for i, in := range judged.Instructions(d, "env", "arg", "label") {
		for _, p := range d.Pairs(*in) {
			name := p.Name.String()
			value, _, _ := d.Expand(i, p.Value)
			if !p.Assigned || strings.Contains(p.Value.String(), "$") {
				continue
			}
			s, ok := secret.Find(name, value)
			if !ok {
				continue
			}
			f := check.Finding{
				At: p.Name.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: strings.ToUpper(in.Name) + " " + name,
				Text: fmt.Sprintf("%s holds %s (%s), which all users of the image can read", name, s.Kind, s.Masked),
			}
			if s.Weak || !d.InResult(in.Stage) {
				f.Mode = check.Information
			}
			found = append(found, f)
		}
	}
	return found
}
