package kustomize

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the images, charts and remote bases of kustomizations with another parser.
const script = `
import re, yaml
from urllib.parse import parse_qs
def read(path):
    out = []
    for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader):
        for i in (doc or {}).get("images") or []:
            name = i.get("newName") or i.get("name")
            if i.get("newTag"): out.append(name + ":" + i["newTag"])
            elif i.get("digest"): out.append(name + "@" + i["digest"])
        for c in (doc or {}).get("helmCharts") or []:
            if c.get("name") and c.get("version"): out.append(c["name"] + ":" + c["version"])
        for key in ("resources", "bases", "components", "crds"):
            for one in (doc or {}).get(key) or []:
                if not isinstance(one, str): continue
                m = re.match(r"(?:git::)?(?:https?://|ssh://)?(?:git@)?([^/:?]+)[/:]([^/?]+/[^/?]+?)(?:\.git)?(?:/[^?]*)?\?(.*)$", one)
                query = parse_qs(m.group(3)) if m else {}
                ref = (query.get("ref") or query.get("version") or [""])[0]
                if ref: out.append(m.group(1) + "/" + m.group(2) + ":" + ref)
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil, nil, nil), script, ecosystemtest.Reference, true)
}
