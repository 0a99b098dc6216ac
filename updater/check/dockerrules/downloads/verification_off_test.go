package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestVerificationOff(t *testing.T) {
	checktest.Docker(t, VerificationOff, []checktest.Row{

		{Src: "FROM a\nRUN apt-get update \\\n # the proxy\n && curl -fsSkL https://x.y/a | tar xz", Want: "4 curl -k"},
		{Src: "FROM a\nENV NODE_TLS_REJECT_UNAUTHORIZED='0' X=1\nRUN GIT_SSL_NO_VERIFY=true git clone https://x.y/z", Want: "2 NODE_TLS_REJECT_UNAUTHORIZED; 3 GIT_SSL_NO_VERIFY=true"},
		{Src: "FROM a\nRUN python3 -m pip install --trusted-host pypi.org --trusted-host=files.pythonhosted.org x", Want: "2 pip --trusted-host"},
		{Src: "FROM a\nRUN echo 'deb [arch=amd64 trusted=yes] https://x.y/ stable main' > /etc/apt/sources.list.d/x.list", Want: "2 [trusted=yes]"},
		{Src: "FROM a\nRUN wget --no-check-certificate -O t.tgz https://x.y/t.tgz && echo 'abc t.tgz' | sha256sum -c", Want: "2 wget --no-check-certificate should"},
		{Src: "FROM a\nRUN git config --global http.sslVerify false && npm config set strict-ssl false", Want: "2 git config --global http.sslVerify false; 2 npm config set strict-ssl false"},
		{Src: "FROM a\nRUN git -c http.sslVerify=false clone https://x.y/z; yum install -y --nogpgcheck x; apt-get -o Acquire::https::Verify-Peer=false update", Want: "2 git http.sslVerify=false; 2 yum --nogpgcheck; 2 apt-get Acquire::https::Verify-Peer=false"},
		{Src: "FROM a\nENV PYTHONHTTPSVERIFY \"0\"\nRUN export npm_config_strict_ssl=false && rpm --install --nodigest x.rpm && dnf config-manager --setopt=sslverify=0", Want: "2 PYTHONHTTPSVERIFY; 3 npm_config_strict_ssl=false; 3 rpm --nodigest; 3 dnf --setopt"},
		{Src: "FROM a\nRUN apk add --allow-untrusted --no-cache https://x.y/glibc.apk", Want: "2 apk --allow-untrusted"},
		{Src: "FROM a\nRUN curl -fsSL https://x.y/k | tar xk && curl -o k --keepalive-time 2 https://x.y", Want: ""},
		{Src: "FROM a\nRUN curl -k https://localhost:8443/health", Want: ""},
		{Src: "FROM a\nENV NODE_TLS_REJECT_UNAUTHORIZED=1 GIT_SSL_NO_VERIFY=false", Want: ""},
		{Src: "FROM a\nRUN echo 'deb [trusted=yes] file:/repo ./' > /etc/apt/sources.list", Want: ""},
		{Src: "FROM a\nRUN npm config set strict-ssl true && git config --global http.sslVerify true", Want: ""},
		{Src: "FROM a\nRUN echo '--no-check-certificate' && curl -H 'X: -k' https://x.y", Want: ""},
		{Src: "FROM a\n# checkov:skip=CKV2_DOCKER_2:the proxy\nRUN curl -k https://x.y -o z", Want: ""},
	})
}
