package kubernetes

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the containers of manifests with another parser.
const script = `
import yaml
def walk(n, out):
    if isinstance(n, dict):
        if n.get("kind") in ("ConfigMap", "Secret", "CustomResourceDefinition") and "apiVersion" in n: return
        for k, v in n.items():
            if k in ("containers", "initContainers", "ephemeralContainers") and isinstance(v, list):
                out += [c["image"] for c in v if isinstance(c, dict) and isinstance(c.get("image"), str)]
            if k not in ("metadata", "status"): walk(v, out)
    elif isinstance(n, list):
        for v in n: walk(v, out)
def read(path):
    out = []
    for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader):
        if isinstance(doc, dict) and doc.get("apiVersion") and doc.get("kind"): walk(doc, out)
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil, nil, nil), script, ecosystemtest.Reference, false)
}
