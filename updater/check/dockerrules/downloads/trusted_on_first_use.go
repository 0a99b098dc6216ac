package downloads

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// TrustedOnFirstUse is the rule trusted-on-first-use: a signing key is trusted as it comes.
var TrustedOnFirstUse = check.Rule{
	ID: "trusted-on-first-use", Level: check.Must, Mode: check.Strict,
	Title:  "a signing key is trusted as it comes",
	Why:    "A key that is fetched at build time and trusted without its fingerprint verifies nothing but itself.",
	Silent: "where the fingerprint or a checksum of the key is compared in the stage.",
	Fixes:  "text: compare the fingerprint that the project publishes.",
	Source: "https://wiki.debian.org/DebianRepository/UseThirdParty",
	Docker: trustedOnFirstUse,
}

func trustedOnFirstUse(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	all, verifier := downloads(d), newVerifier(d)
	for i := range all {
		o := &all[i]
		if !o.isOut() || !o.isKey() || verifier.isVerified(o) || comparesFingerprint(o.script) {
			continue
		}
		found = append(found, check.Finding{
			At: o.command.At, Stage: judged.StageOf(d, o.script), Evidence: steady(o.url),
			Text: fmt.Sprintf("the key of %s is trusted as it comes", shown(o.url)),
			Hint: "compare its fingerprint: gpg --show-keys --with-colons FILE | grep -q FINGERPRINT",
		})
	}
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		name, args := c.Program()
		for _, a := range args {
			if name == "rpm" && runscript.HasFlag(args, "--import") && webAddress.MatchString(a.Text) && !comparesFingerprint(s) {
				found = append(found, check.Finding{
					At: c.At, Stage: judged.StageOf(d, s), Evidence: steady(a.Text),
					Text: fmt.Sprintf("the key of %s is trusted as it comes", shown(a.Text)),
				})
			}
		}
	})
	return found
}

// isKey reports whether the download is a key that becomes trusted.
func (o *download) isKey() bool {
	for _, c := range o.downstream() {
		name, args := c.Program()
		if name == "apt-key" || strings.HasPrefix(name, "gpg") && runscript.HasFlag(args, "--dearmor", "--import") {
			return true
		}
	}
	return keyPlace.MatchString(o.file) || o.file != "" && keyPlace.MatchString(o.url) && strings.Contains(o.file, "/etc/")
}

// comparesFingerprint reports whether a script checks the fingerprint of a key.
func comparesFingerprint(s *runscript.Script) bool {
	for _, c := range s.Commands {
		name, args := c.Program()
		if strings.HasPrefix(name, "gpg") && runscript.HasFlag(args, "--show-keys", "--fingerprint", "--with-fingerprint", "--list-keys", "--recv-keys", "--recv-key") {
			return true
		}
	}
	return false
}
