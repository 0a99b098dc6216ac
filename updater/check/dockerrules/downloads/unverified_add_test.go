package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUnverifiedAdd(t *testing.T) {
	checktest.Docker(t, UnverifiedAdd, []checktest.Row{

		{Src: "FROM a\nARG V=1.2\nADD --chown=1:1 \\\n  https://x.y/t-$V.tgz \\\n  /tmp/", Want: "4 https://x.y/t-*.tgz"},
		{Src: "FROM a\nADD https://x.y/v1.2/t.tgz /tmp/t.tgz\n", Want: "2 https://x.y/*/t.tgz", Facts: sums1("https://x.y/v1.2/t.tgz"), Fixed: "FROM a\nADD --checksum=" + sha + " https://x.y/v1.2/t.tgz /tmp/t.tgz\n"},
		{Src: "FROM a\nadd --chmod=755 https://x.y/2.0/t /t", Want: "2 https://x.y/*/t", Facts: sums1("https://x.y/2.0/t"), Fixed: "FROM a\nadd --checksum=" + sha + " --chmod=755 https://x.y/2.0/t /t"},
		{Src: "FROM a\nADD https://github.com/o/r.git#v1.2.3 /src", Want: "2 https://github.com/o/r.git#*", Facts: commit("https://github.com/o/r.git", "v1.2.3"), Fixed: "FROM a\nADD https://github.com/o/r.git#0123456789abcdef0123456789abcdef01234567 /src"},
		{Src: "FROM a\nONBUILD ADD http://x.y/a http://x.y/b /", Want: "2 http://x.y/a; 2 http://x.y/b"},
		{Src: "FROM a\nADD --checksum=sha256:abc https://x.y/t /t", Want: ""},
		{Src: "FROM a\nADD app.tgz /app\nADD . /x\nCOPY https /x", Want: ""},
		{Src: "FROM a\nADD https://raw.githubusercontent.com/o/r/0123456789abcdef0123456789abcdef01234567/x /x", Want: ""},
		{Src: "FROM a\nADD https://github.com/o/r.git#0123456789abcdef0123456789abcdef01234567 /x\nADD git@github.com:o/r.git#main /y", Want: ""},
		{Src: "FROM a\nADD https://x.y/key.asc /etc/apt/keyrings/", Want: ""},
		{Src: "FROM a\nADD http://127.0.0.1:8000/x /x\nADD <<E /x\nhttps://x.y/x\nE", Want: ""},
	})
}

// commit answers that a tag is a commit.
func commit(repository, ref string) map[check.Question]check.Answer {
	return map[check.Question]check.Answer{{Kind: check.AskCommit, Name: repository, Detail: ref}: {Text: sha[7:47]}}
}
