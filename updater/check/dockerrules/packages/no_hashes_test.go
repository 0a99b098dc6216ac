package packages

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestNoHashes(t *testing.T) {
	checktest.Docker(t, NoHashes, []checktest.Row{

		{Src: "FROM a\nCOPY requirements.txt /tmp/\nRUN pip install --no-cache-dir \\\n -r /tmp/requirements.txt", Want: "3 /tmp/requirements.txt", Around: checktest.Files("requirements.txt", "flask==1.0\n")},
		{Src: "FROM a\nRUN uv pip install --requirement=req/dev.txt", Want: "2 req/dev.txt", Around: checktest.Files("req/dev.txt", "x==1\n")},
		{Src: "FROM a\nRUN python -m pip install -rrequirements.txt", Want: "2 requirements.txt", Around: checktest.Files("requirements.txt", "x==1\n")},
		{Src: "FROM a\nRUN pip install -r a.txt -r b.txt", Want: "2 a.txt; 2 b.txt", Around: checktest.Files("a.txt", "x==1\n", "b.txt", "y==1")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Name: "app/Dockerfile", Want: "2 requirements.txt", Around: checktest.Files("app/requirements.txt", "x==1\n")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Want: "", Around: checktest.Files("requirements.txt", "flask==1.0 --hash=sha256:abc\n")},
		{Src: "FROM a\nRUN pip install --require-hashes -r requirements.txt", Want: "", Around: checktest.Files("requirements.txt", "x==1")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Want: ""},
		{Src: "FROM a\nRUN pip install -r $REQ", Want: "", Around: checktest.Files("requirements.txt", "x==1")},
		{Src: "FROM a\nRUN pip install flask==1", Want: "", Around: checktest.Files("requirements.txt", "x==1")},
	})
}
