package dockerrules

import (
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestNoHashes(t *testing.T) {
	checktest.Docker(t, NoHashes, []checktest.Row{

		{Src: "FROM a\nCOPY requirements.txt /tmp/\nRUN pip install --no-cache-dir \\\n -r /tmp/requirements.txt", Want: "3 /tmp/requirements.txt", Around: files("requirements.txt", "flask==1.0\n")},
		{Src: "FROM a\nRUN uv pip install --requirement=req/dev.txt", Want: "2 req/dev.txt", Around: files("req/dev.txt", "x==1\n")},
		{Src: "FROM a\nRUN python -m pip install -rrequirements.txt", Want: "2 requirements.txt", Around: files("requirements.txt", "x==1\n")},
		{Src: "FROM a\nRUN pip install -r a.txt -r b.txt", Want: "2 a.txt; 2 b.txt", Around: files("a.txt", "x==1\n", "b.txt", "y==1")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Name: "app/Dockerfile", Want: "2 requirements.txt", Around: files("app/requirements.txt", "x==1\n")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Want: "", Around: files("requirements.txt", "flask==1.0 --hash=sha256:abc\n")},
		{Src: "FROM a\nRUN pip install --require-hashes -r requirements.txt", Want: "", Around: files("requirements.txt", "x==1")},
		{Src: "FROM a\nRUN pip install -r requirements.txt", Want: ""},
		{Src: "FROM a\nRUN pip install -r $REQ", Want: "", Around: files("requirements.txt", "x==1")},
		{Src: "FROM a\nRUN pip install flask==1", Want: "", Around: files("requirements.txt", "x==1")},
	})
}

// files returns a repository: path, text, path, text, …
func files(list ...string) check.Surroundings {
	repo := fstest.MapFS{}
	for i := 0; i+1 < len(list); i += 2 {
		repo[list[i]] = &fstest.MapFile{Data: []byte(list[i+1])}
	}
	return check.Surroundings{Repo: repo}
}
