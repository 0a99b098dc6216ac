package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUnverifiedDownload(t *testing.T) {
	checktest.Docker(t, UnverifiedDownload, []checktest.Row{

		{Src: "FROM a AS b\nENV V=1.2\nRUN set -eux; \\\n  # fetched from the mirror\n  arch=\"$(uname -m)\"; \\\n  url=\"https://x.y/t/v${V}/t-${arch}.tgz\"; \\\n  curl -fsSLo /tmp/t.tgz \"$url\" && tar xf /tmp/t.tgz\nFROM c", Want: "7 ${url}"},
		{Src: "FROM a\nRUN wget -qO- https://x.y/t-1.2.3.tar.gz | tar -xz -C /opt", Want: "2 https://x.y/t-*.tar.gz"},
		{Src: "FROM a\nRUN <<EOF\nset -e\nwget -P /tmp https://x.y/a.deb https://x.y/b.deb\ndpkg -i /tmp/*.deb\nEOF\n", Want: "4 https://x.y/a.deb"},
		{Src: "FROM a\nRUN [\"curl\", \"-o\", \"/usr/bin/x\", \"https://x.y/x\"]", Want: "2 https://x.y/x"},
		{Src: "FROM a\nRUN sudo -E curl -sSL https://x.y/a > /usr/bin/a; curl -sSL https://x.y/b | tee /usr/bin/b >/dev/null", Want: "2 https://x.y/a; 2 https://x.y/b"},
		{Src: "FROM a\nRUN curl -o a.tgz https://x.y/a.tgz && curl -o b.tgz https://x.y/b.tgz && echo \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  a.tgz\" | sha256sum -c", Want: "2 https://x.y/b.tgz"},
		{Src: "FROM a\nRUN curl -fsSLo x https://u:secretpass@x.y/x?token=abc", Want: "2 https://x.y/x"},
		{Src: "FROM a\nRUN sha256sum x && curl -o x https://x.y/x", Want: "2 https://x.y/x"},
		{Src: "FROM a\nRUN aria2c -x 4 -o x.iso https://x.y/x.iso", Want: "2 https://x.y/x.iso"},
		{Src: "FROM a\nRUN curl -fsSL -o /usr/local/bin/x https://x.y/v1.2.3/x", Want: "2 https://x.y/*/x", Facts: sums1("https://x.y/v1.2.3/x"), Fixed: "FROM a\nADD --chmod=644 --checksum=" + sha + " https://x.y/v1.2.3/x /usr/local/bin/x"},

		// Verified, by each way that there is.
		{Src: "FROM a\nENV V=1.2 SHA=abc\nRUN curl -fsSLo t.tgz \"https://x.y/t-$V.tgz\" \\\n && echo \"$SHA *t.tgz\" | sha256sum -c - \\\n && tar xf t.tgz", Want: ""},
		{Src: "FROM a\nRUN curl -fsSLO https://x.y/t.tgz; curl -fsSLO https://x.y/SHASUMS256.txt; grep ' t.tgz$' SHASUMS256.txt | sha256sum -c -", Want: ""},
		{Src: "FROM a\nRUN wget -O t.tgz https://x.y/t.tgz && wget -O t.tgz.asc https://x.y/t.tgz.asc\nRUN gpg --batch --verify t.tgz.asc t.tgz", Want: ""},
		{Src: "FROM a\nRUN wget https://x.y/t.tgz && [ \"$(sha256sum t.tgz | cut -d' ' -f1)\" = \"abc\" ]", Want: ""},
		{Src: "FROM a\nRUN wget https://x.y/t.tgz && if [[ $(openssl dgst -sha256 t.tgz) != *abc ]]; then exit 1; fi", Want: ""},
		{Src: "FROM a\nRUN curl -fsSL https://x.y/t.tgz | tee >(sha256sum -c sums) | tar xz", Want: ""},
		{Src: "FROM a\nRUN curl -O https://x.y/t && cosign verify-blob --bundle t.bundle t", Want: ""},
		{Src: "FROM a\nRUN curl -O https://x.y/t.tgz && sha512sum --check <<< \"abc  t.tgz\"", Want: ""},
		{Src: "FROM a\nRUN curl -o c.php https://x.y/c && php -r \"if (hash_file('sha384', 'c.php') !== 'x') exit(1);\"", Want: ""},
		{Src: "FROM a\nRUN aria2c --checksum=sha-256=abc https://x.y/t", Want: ""},
		// No downloads.
		{Src: "FROM a\nRUN curl -o x https://raw.githubusercontent.com/o/r/0123456789abcdef0123456789abcdef01234567/x", Want: ""},
		{Src: "FROM a\nRUN curl -fsSL https://x.y/key.asc -o /etc/apt/keyrings/x.asc && curl https://x.y/gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg", Want: ""},
		{Src: "FROM a\nRUN curl -I https://x.y && curl -sf http://localhost:8080/health -o /dev/null && curl -X POST -d @r https://x.y -o out && wget --spider https://x.y", Want: ""},
		{Src: "FROM a\nRUN V=$(curl -s https://x.y/latest | jq -r .tag) && echo $V", Want: ""},
		{Src: "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver:1809\nRUN curl -o x https://x.y/x", Want: ""},
		{Src: "FROM a\nRUN apt-get install -y curl wget && echo curl -o x https://x.y", Want: ""},
	})
}

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// sums1 answers that an address has a checksum.
func sums1(url string) map[check.Question]check.Answer {
	return map[check.Question]check.Answer{{Kind: check.AskChecksum, Name: url}: {Text: sha}}
}
