package devcontainer

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// script reads the image and the features with Python's parser of JSON, which
// is given the file without comments and trailing commas.
const script = `
import json, re
def read(path):
    text = open(path, encoding="utf-8-sig").read()
    text = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or "", text, flags=re.S)
    text = re.sub(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', lambda m: m.group(1) or "", text)
    doc = json.loads(text)
    return ([doc["image"]] if doc.get("image") else []) + [f for f in doc.get("features") or {} if "/" in f and "://" not in f and not f.startswith(".")]
`

func TestJudgedCorpus(t *testing.T) {
	ecosystemtest.Judge(t, New(nil), script, ecosystemtest.Reference, true)
}
