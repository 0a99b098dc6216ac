package precommit

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the revisions of hooks with another parser.
const script = `
import yaml
def read(path):
    doc = yaml.load(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader)
    list = doc["repos"] if isinstance(doc, dict) else doc
    return [r["repo"].split("://")[-1].removesuffix(".git").rstrip("/").lower() + " " + r["rev"] for r in list if r["repo"] not in ("local", "meta") and r.get("rev")]
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, ecosystem(), script, func(d ecosystems.Dependency) string {
		if d.Pin.Digest != "" {
			return d.Package.Name + " " + d.Pin.Digest
		}
		return d.Package.Name + " " + d.Pin.Text
	}, false)
}
