package console

import (
	"runtime/debug"

	"golang.org/x/mod/module"
)

// Version is the version of the program; a build from a checkout adds its commit.
const Version = "0.1.0"

// Revision returns " (1a2b3c4d5e6f)" where the build knows it: from a checkout, or
// as part of the pseudo-version that go install was given.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	if module.IsPseudoVersion(info.Main.Version) {
		if revision, err := module.PseudoVersionRev(info.Main.Version); err == nil {
			return " (" + revision + ")"
		}
	}
	for _, s := range info.Settings {
		// Twelve digits, as many as a pseudo-version has.
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return " (" + s.Value[:12] + ")"
		}
	}
	return ""
}
