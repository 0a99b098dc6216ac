package dockerrules

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// SecretCopied is the rule secret-copied: a file of secrets is copied into the image.
var SecretCopied = check.Rule{
	ID: "secret-copied", Level: check.Could, Mode: check.Default,
	Title:  "a file of secrets is copied into the image",
	Why:    "Files of credentials stay in the layers of the image, also where a later instruction removes them.",
	Silent: "for examples, public keys and certificates of authorities; in stages that are no result it is information.",
	Fixes:  "text: RUN --mount=type=secret for the build, a secret of the platform for the running container.",
	Source: "https://docs.docker.com/build/building/secrets/",
	Docker: secretCopied,
}

var (
	secretFiles = lazyregexp.New(`(?i)(?:^|/)(?:\.env(?:\.(?:local|prod|production|staging|live))?|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*(?:private|priv|server|tls|ssl|client)[^/]*\.(?:pem|key)|[^/]*key\.pem|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.docker/config\.json|\.dockercfg|\.aws/credentials|\.kube/config|\.htpasswd|\.pgpass|[^/]*\.(?:pfx|p12|jks|keystore))$`)
	harmlessEnd = lazyregexp.New(`(?i)example|sample|template|\.dist|public|\.pub$|ca[-_.]|[-_.]ca\.|chain|bundle|cert\.pem$|root|trust`)
)

func secretCopied(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for i, in := range judged.Instructions(d, "copy", "add") {
		if _, stage := in.FlagValue("from"); stage { // what a build made is no file of the repository
			continue
		}
		for _, w := range judged.Sources(in) {
			name, _, _ := d.Expand(i, w)
			if !secretFiles.MatchString(name) || harmlessEnd.MatchString(judged.BaseName(name)) || harmlessNpmrc(d, name) {
				continue
			}
			f := check.Finding{
				At: w.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: name,
				Text: fmt.Sprintf("%s is copied into the image", judged.Clip(name, 60)),
			}
			if !d.InResult(in.Stage) {
				f.Mode = check.Information
			}
			found = append(found, f)
		}
	}
	return found
}

// harmlessNpmrc reports whether an .npmrc or .env in the repository has no credentials.
func harmlessNpmrc(d *check.Docker, name string) bool {
	base := judged.BaseName(name)
	if base != ".npmrc" && !strings.HasPrefix(base, ".env") {
		return false
	}
	text, there := judged.InContext(d, name)
	return there && !credentials.MatchString(text)
}

var credentials = lazyregexp.New(`(?im)_auth(?:token)?\s*=\s*[^$\s]|_password\s*=\s*[^$\s]|^\s*(?:export\s+)?\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?|_PASS|ACCESS_?KEY)\w*\s*=\s*[^$\s]`)
