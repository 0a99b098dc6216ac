package helm

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the images in parts that values have, with another parser.
const script = `
import yaml
none = ("", "null", "~")
def walk(n, key, out):
    if isinstance(n, dict):
        if key.lower().endswith("image") and isinstance(n.get("repository"), str) and isinstance(n.get("tag"), str) and n["repository"] not in none and n["tag"] not in none:
            host = n.get("registry") or ""
            if host in none: host = ""
            out.append((host + "/" if host else "") + n["repository"] + ":" + n["tag"] + ("@" + n["digest"] if n.get("digest") and n["digest"] not in none else ""))
        for k, v in n.items(): walk(v, k, out)
    elif isinstance(n, list):
        for v in n: walk(v, key, out)
def read(path):
    out = []
    if path.split("/")[-1] in ("Chart.yaml", "requirements.yaml"):
        for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader):
            out += [d["name"] + ":" + d["version"] for d in (doc or {}).get("dependencies") or [] if d.get("name") and d.get("version")]
    if "alues" in path.split("/")[-1]:
        for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader): walk(doc, "", out)
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil, nil), script, ecosystemtest.Reference, false)
}
