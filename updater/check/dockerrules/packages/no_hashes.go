package packages

import (
	"fmt"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// NoHashes is the rule no-hashes: requirements are installed without hashes.
var NoHashes = check.Rule{
	ID: "no-hashes", Level: check.Must, Mode: check.Strict,
	Title:  "requirements are installed without hashes",
	Why:    "A version alone does not say which file: an index, or who is between, can serve another one.",
	Silent: "where the file is not in the repository, or has hashes.",
	Fixes:  "text: pip-compile --generate-hashes, or uv export.",
	Source: "https://pip.pypa.io/en/stable/topics/secure-installs/",
	Docker: noHashes,
}

func noHashes(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		in, ok := installs(c)
		if !ok || in.kind != "pypi" || in.hashes {
			return
		}
		for _, f := range in.files {
			text, there := judged.InContext(d, f)
			if there && !strings.Contains(text, "--hash=") {
				found = append(found, check.Finding{
					At: c.At, Stage: judged.StageOf(d, s), Evidence: f,
					Text: fmt.Sprintf("%s has no hashes", path.Base(f)),
				})
			}
		}
	})
	return found
}
