package helm

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the images in parts that values have, with another parser.
const script = `
import yaml
def walk(n, key, out):
    if isinstance(n, dict):
        if key.lower().endswith("image") and isinstance(n.get("repository"), str) and isinstance(n.get("tag"), str) and n["repository"] and n["tag"]:
            host = n.get("registry") or ""
            out.append((host + "/" if host else "") + n["repository"] + ":" + n["tag"] + ("@" + n["digest"] if n.get("digest") else ""))
        for k, v in n.items(): walk(v, k, out)
    elif isinstance(n, list):
        for v in n: walk(v, key, out)
def read(path):
    out = []
    if "alues" in path.split("/")[-1]:
        for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader): walk(doc, "", out)
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil, nil), script, ecosystemtest.Reference, false)
}
