package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestMovingRef(t *testing.T) {
	checktest.Docker(t, MovingRef, []checktest.Row{

		{Src: "FROM a\nRUN cd /src && \\\n  # sources\n  git -c advice.detachedHead=false clone --depth 1 --recurse-submodules https://x.y/z.git z && make -C z", Want: "4 https://x.y/z.git"},
		{Src: "FROM a\nRUN git clone -b main git@github.com:o/r.git", Want: "2 git@github.com:o/r.git"},
		{Src: "FROM a\nADD https://github.com/o/r.git /src\nADD https://github.com/o/r.git#main:docs /docs", Want: "2 https://github.com/o/r.git; 3 https://github.com/o/r.git#main:docs"},
		{Src: "FROM a\nRUN git clone https://x.y/z && cd z && git checkout master", Want: "2 https://x.y/z"},
		{Src: "FROM a AS b\nRUN git clone https://x.y/z\nFROM c\nRUN git checkout v1.2", Want: "2 https://x.y/z"},
		{Src: "FROM a\nRUN git clone --branch=develop --single-branch https://x.y/z", Want: "2 https://x.y/z"},
		{Src: "FROM a\nRUN git clone https://x.y/z && cd z && git checkout 0123456", Want: ""},
		{Src: "FROM a\nRUN git clone https://x.y/z\nWORKDIR z\nRUN git reset --hard $COMMIT", Want: ""},
		{Src: "FROM a\nRUN git clone --branch v1.2.3 --depth 1 https://x.y/z && git clone -b \"$V\" https://x.y/w && git clone -b 4.x-2024.01 https://x.y/u", Want: ""},
		{Src: "FROM a\nRUN git clone /src /dst && git clone $REPO && git clone . x && git init && git fetch origin abc", Want: ""},
		{Src: "FROM a\nADD https://github.com/o/r.git#0123456789abcdef0123456789abcdef01234567 /x\nADD https://github.com/o/r/releases/download/v1/x.tgz /", Want: ""},
		{Src: "FROM a\nRUN git clone https://x.y/z && cd z && git fetch origin pull/1/head && git switch --detach FETCH_HEAD", Want: ""},
	})
}
