package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestPlainHTTP(t *testing.T) {
	checktest.Docker(t, PlainHTTP, []checktest.Row{

		{Src: "FROM a\nARG M=http://mirror.x.y\nRUN cd /tmp && \\\n  wget \"$M/t.tgz\" && tar xf t.tgz", Want: "4 http://mirror.x.y/t.tgz"},
		{Src: "FROM a\nADD http://x.y/t /t", Want: "2 http://x.y/t"},
		{Src: "FROM a\nRUN git clone git://x.y/z.git && pip install -i http://mirrors.x.y/simple z", Want: "2 git://x.y/z.git; 2 http://mirrors.x.y/simple"},
		{Src: "FROM a\nRUN curl -s ftp://x.y/t | tar x", Want: "2 ftp://x.y/t"},
		{Src: "FROM a\nRUN rpm -Uvh http://x.y/z-1.2.rpm; npm install --registry=http://r.x.y z", Want: "2 http://x.y/z-*.rpm; 2 http://r.x.y"},
		{Src: "FROM a\nRUN curl -o t http://x.y/t && echo 'abc  t' | sha256sum -c", Want: ""},
		{Src: "FROM a\nRUN echo 'deb http://deb.debian.org/debian bookworm main' > /etc/apt/sources.list && sed -i 's/http:/https:/' x", Want: ""},
		{Src: "FROM a\nRUN curl http://localhost:3000/ && wget http://169.254.169.254/x && curl http://10.0.0.1/x", Want: ""},
		{Src: "FROM a\nADD --checksum=sha256:abc http://x.y/t /t", Want: ""},
		{Src: "FROM a\nRUN curl -x http://proxy:3128 https://x.y/t | cat && pip install --proxy http://proxy:3128 z", Want: ""},
		{Src: "FROM a\nHEALTHCHECK CMD curl http://x.y", Want: ""},
	})
}
