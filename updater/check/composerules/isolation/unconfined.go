package isolation

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// Unconfined is the rule unconfined: a service switches a confinement of the kernel off.
var Unconfined = judged.PerService(check.Rule{
	ID: "unconfined", Level: check.Could, Mode: check.Default,
	Title:  "a service switches a confinement of the kernel off",
	Why:    "The profiles of seccomp, AppArmor and SELinux keep a container from system calls that only attackers and a few tools need.",
	Fixes:  "text: a profile with what the program needs besides.",
	Source: "https://docs.docker.com/engine/security/seccomp/",
	Also:   []string{"404fde2c-bc4b-4371-9747-7054132ac953"},
}, unconfined)

var (
	confinement = lazyregexp.New(`(?i)^(seccomp|apparmor|systempaths)\s*[:=]\s*['"]?unconfined['"]?$|^(label)\s*[:=]\s*disable$`)
	confiners   = map[string]string{"seccomp": "seccomp", "apparmor": "AppArmor", "label": "SELinux", "systempaths": "the masking of /proc and /sys"}
)

func unconfined(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, e := range s.Node.Get("security_opt").Elements() {
		m := confinement.FindStringSubmatch(e.String())
		if m == nil {
			continue
		}
		what := strings.ToLower(m[1] + m[2])
		f := judged.At(e, what+" off", "%s switches %s off", s.Name, confiners[what])
		f.Hint = "a profile of its own allows what the program needs besides: " + what + "=FILE"
		// For these two there are no profiles.
		if what == "systempaths" || what == "label" {
			f.Hint = ""
		}
		found = append(found, f)
	}
	return found
}
