package dockerrules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// SecretCopied is the rule of this row:
// | secret-copied | C | d | COPY/ADD of .env, id_rsa, *.pem, .npmrc, .netrc, .pypirc, .docker/config.json | .example, .pub, CA bundles; not a result stage: lower | text |
var SecretCopied = check.Rule{
	ID: "secret-copied", Level: check.Could, Mode: check.Default,
	Title:  "a file of secrets is copied into the image",
	Why:    "Files of credentials stay in the layers of the image, also where a later instruction removes them.",
	Silent: "for examples, public keys and certificates of authorities; in stages that are no result it is information.",
	Mends:  "text: RUN --mount=type=secret for the build, a secret of the platform for the running container.",
	Source: "https://docs.docker.com/build/building/secrets/",
	Docker: secretCopied,
}

var (
	secretFiles = lazyregexp.New(`(?i)(?:^|/)(?:\.env(?:\.(?:local|prod|production|staging|live))?|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*(?:private|priv|server|tls|ssl|client)[^/]*\.(?:pem|key)|[^/]*key\.pem|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.docker/config\.json|\.dockercfg|\.aws/credentials|\.kube/config|\.htpasswd|\.pgpass|[^/]*\.(?:pfx|p12|jks|keystore))$`)
	harmlessEnd = lazyregexp.New(`(?i)example|sample|template|\.dist|public|\.pub$|ca[-_.]|[-_.]ca\.|chain|bundle|cert\.pem$|root|trust`)
)

func secretCopied(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for i, in := range instructions(d, "copy", "add") {
		if _, stage := in.FlagValue("from"); stage {
			continue
		}
		for _, w := range sources(in) {
			name, _, _ := d.Expand(i, w)
			if !secretFiles.MatchString(name) || harmlessEnd.MatchString(baseName(name)) || harmlessNpmrc(d, name) {
				continue
			}
			f := check.Finding{
				At: w.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: name,
				Text: fmt.Sprintf("%s is copied into the image", clip(name, 60)),
			}
			if !d.InResult(in.Stage) {
				f.Mode = check.Information
			}
			found = append(found, f)
		}
	}
	return found
}

// sources returns the sources of COPY and ADD; none for heredocs and the JSON form.
func sources(in *dockerfile.Instruction) []located.Text {
	words := in.Args.Fields()
	if strings.HasPrefix(in.Args.String(), "[") || len(words) < 2 {
		return nil
	}
	var out []located.Text
	for _, w := range words[:len(words)-1] {
		if !strings.HasPrefix(w.String(), "<<") {
			out = append(out, w)
		}
	}
	return out
}

// harmlessNpmrc reports whether an .npmrc or .env in the repository has no credentials.
func harmlessNpmrc(d *check.Docker, name string) bool {
	base := baseName(name)
	if base != ".npmrc" && !strings.HasPrefix(base, ".env") {
		return false
	}
	text, there := inContext(d, name)
	return there && !credentials.MatchString(text)
}

var credentials = lazyregexp.New(`(?im)_auth(?:token)?\s*=\s*[^$\s]|_password\s*=\s*[^$\s]|^\s*(?:export\s+)?\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?|_PASS|ACCESS_?KEY)\w*\s*=\s*[^$\s]`)
