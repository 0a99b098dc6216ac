package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestTrustedOnFirstUse(t *testing.T) {
	checktest.Docker(t, TrustedOnFirstUse, []checktest.Row{

		{Src: "FROM a\nRUN install -d /etc/apt/keyrings \\\n && curl -fsSL https://x.y/gpg.key \\\n | gpg --dearmor -o /etc/apt/keyrings/x.gpg", Want: "3 https://x.y/gpg.key"},
		{Src: "FROM a\nRUN wget -qO - https://x.y/k | apt-key add -", Want: "2 https://x.y/k"},
		{Src: "FROM a\nRUN wget -O /etc/apk/keys/x.rsa.pub https://x.y/x.rsa.pub", Want: "2 https://x.y/x.rsa.pub"},
		{Src: "FROM a\nRUN rpm --import https://x.y/RPM-GPG-KEY", Want: "2 https://x.y/RPM-GPG-KEY"},
		{Src: "FROM a\nRUN curl https://x.y/a.asc | gpg --import", Want: "2 https://x.y/a.asc"},
		{Src: "FROM a\nRUN curl -o /usr/share/keyrings/x.asc https://x.y/x.asc && gpg --show-keys --with-colons /usr/share/keyrings/x.asc | grep -q ABC", Want: ""},
		{Src: "FROM a\nRUN curl -o /usr/share/keyrings/x.gpg https://x.y/x.gpg && echo 'abc  /usr/share/keyrings/x.gpg' | sha256sum -c", Want: ""},
		{Src: "FROM a\nRUN gpg --keyserver k --recv-keys 0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D", Want: ""},
		{Src: "FROM a\nCOPY x.gpg /etc/apt/keyrings/", Want: ""},
		{Src: "FROM a\nRUN curl -o x.tgz https://x.y/x.tgz", Want: ""},
		{Src: "FROM a\nRUN rpm --import /etc/pki/rpm-gpg/KEY", Want: ""},
	})
}
