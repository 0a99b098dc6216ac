package gitlabci

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the images of pipelines with another parser, which does not know GitLab's !reference.
const script = `
import yaml
yaml.BaseLoader.add_multi_constructor("!", lambda loader, suffix, node: None)
def name(v):
    return v.get("name") if isinstance(v, dict) else v
def read(path):
    out = []
    for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader):
        if not isinstance(doc, dict): continue
        for job in [doc] + [v for v in doc.values() if isinstance(v, dict)]:
            images = [job.get("image")] + (job["services"] if isinstance(job.get("services"), list) else [])
            out += [name(i) for i in images if isinstance(name(i), str) and name(i)]
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil), script, ecosystemtest.Reference, false)
}
