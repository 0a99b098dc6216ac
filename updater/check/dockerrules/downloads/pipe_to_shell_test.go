package downloads

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestPipeToShell(t *testing.T) {
	checktest.Docker(t, PipeToShell, []checktest.Row{

		{Src: "FROM a\nRUN apt-get update && curl -fsSL https://deb.nodesource.com/setup_20.x | sudo -E bash - \\\n && apt-get install -y nodejs", Want: "2 https://deb.nodesource.com/setup_20.x"},
		{Src: "FROM a\nRUN sh -c \"$(curl -fsSL https://x.y/i.sh)\" -- --yes", Want: "2 https://x.y/i.sh"},
		{Src: "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN bash <(wget -qO- https://x.y/i.sh) -y", Want: "3 https://x.y/i.sh"},
		{Src: "FROM a\nRUN curl https://x.y/get-pip.py | python3 - --user\nRUN curl -L https://x.y/cpanm | perl - App::cpanminus", Want: "2 https://x.y/get-pip.py; 3 https://x.y/cpanm"},
		{Src: "FROM a\nRUN [\"sh\", \"-c\", \"wget -O - http://x.y/i | sh -s -- -b /bin v1\"]", Want: "2 http://x.y/i"},
		{Src: "FROM a\nRUN curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal", Want: "2 https://sh.rustup.rs"},
		{Src: "FROM a\nRUN eval \"$(curl -s https://x.y/env)\"\nRUN curl -s https://x.y/c | sed 's/a/b/' | bash -ex", Want: "2 https://x.y/env; 3 https://x.y/c"},
		{Src: "FROM a\nRUN . <(curl -s https://x.y/env); curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/bin", Want: "2 https://x.y/env; 2 https://getcomposer.org/installer"},
		{Src: "FROM a\nRUN curl -s https://x.y/v | python3 -c 'import sys,json; print(json.load(sys.stdin))'\nRUN curl -s https://x.y | perl -pe 's/a/b/' | node -e 'x' | ruby -ne 'puts 1'", Want: ""},
		{Src: "FROM a\nRUN curl -s https://x.y/v | bash /usr/local/bin/read.sh && curl -s https://x.y | python -m json.tool", Want: ""},
		{Src: "FROM a\nRUN curl -s https://raw.githubusercontent.com/o/r/0123456789abcdef0123456789abcdef01234567/i.sh | sh", Want: ""},
		{Src: "FROM a\nRUN curl -s https://x.y/i.sh | tee >(sha256sum --check s >&2) | sh", Want: ""},
		{Src: "FROM a\nRUN bash -c \"V=$(curl -s https://x.y/v); echo $V\"\nRUN sh script.sh \"$(curl -s https://x.y/v)\"", Want: ""},
		{Src: "FROM a\nRUN curl -s https://x.y/a.tgz | tar xz && echo 'curl https://x.y | sh'", Want: ""},
		{Src: "FROM a\nRUN cat i.sh | sh && curl http://localhost/i | sh", Want: ""},
		{Src: "FROM a\n# freshpin: ignore pipe-to-shell: our own server\nRUN curl https://x.y | sh", Want: ""},
	})
}
