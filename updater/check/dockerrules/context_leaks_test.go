package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestContextLeaks(t *testing.T) {
	checktest.Docker(t, ContextLeaks, []checktest.Row{

		{Src: "FROM a\nWORKDIR /app\nCOPY --chown=1:1 \\\n . .", Want: "4 context", Around: checktest.Files(".git/HEAD", "x"), Fixed: ".dockerignore:\n" + ignoreText},
		{Src: "FROM a\nADD ./ /app", Want: "2 context", Around: checktest.Files(".git/HEAD", "x", ".dockerignore", "node_modules\n")},
		{Src: "FROM a\nCOPY . /app", Want: "2 context", Around: checktest.Files(".gitignore", "node_modules\n.env\n", ".dockerignore", ".git\n")},
		{Src: "FROM a\nCOPY . /app\nCOPY . /b", Want: "2 context", Around: checktest.Files(".env", "A=1")},
		{Src: "FROM a\nCOPY . /app", Want: "2 context", Around: checktest.Files(".git/HEAD", "x", ".dockerignore", "*\n!.git\n!src\n")},
		{Src: "FROM a\nCOPY . /app", Want: "", Around: checktest.Files(".git/HEAD", "x", ".env", "A=1", ".dockerignore", "# c\n**/.git\n/.env*\n")},
		{Src: "FROM a\nCOPY . /app", Want: "", Around: checktest.Files(".git/HEAD", "x", "Dockerfile.dockerignore", ".*\n")},
		{Src: "FROM a\nCOPY . /app", Want: "", Around: checktest.Files("main.go", "x")},
		{Src: "FROM a AS b\nCOPY . /src\nFROM c\nCOPY --from=b /src /", Want: "", Around: checktest.Files(".git/HEAD", "x")},
		{Src: "FROM a\nCOPY src /app\nCOPY *.go /app/", Want: "", Around: checktest.Files(".git/HEAD", "x")},
		{Src: "FROM a\nCOPY . /app", Name: "svc/Dockerfile", Want: "", Around: checktest.Files(".git/HEAD", "x", ".env", "A=1")},
		{Src: "FROM a\nCOPY . /app", Want: ""},
	})
}
