package kustomize

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the images of kustomizations with another parser.
const script = `
import yaml
def read(path):
    out = []
    for doc in yaml.load_all(open(path, encoding="utf-8").read(), Loader=yaml.BaseLoader):
        for i in (doc or {}).get("images") or []:
            name = i.get("newName") or i.get("name")
            if i.get("newTag"): out.append(name + ":" + i["newTag"])
            elif i.get("digest"): out.append(name + "@" + i["digest"])
    return out
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil, nil, nil), script, ecosystemtest.Reference, true)
}
