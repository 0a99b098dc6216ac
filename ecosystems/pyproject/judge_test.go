package pyproject

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads requirements with the TOML parser of Python's standard library:
// the name alone, for what stands behind it has spaces, extras and markers.
const script = `
import tomllib, re
def read(path):
    doc = tomllib.load(open(path, "rb"))
    lists = [doc.get("project", {}).get("dependencies", []), doc.get("build-system", {}).get("requires", [])]
    lists += doc.get("project", {}).get("optional-dependencies", {}).values()
    lists += doc.get("dependency-groups", {}).values()
    return [re.match(r"[A-Za-z0-9._-]+", x).group(0) for l in lists for x in l if isinstance(x, str)]
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, eco(), script, func(d ecosystems.Dependency) string { return d.Name }, false)
}
