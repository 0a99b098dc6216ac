package packages

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUnpinnedPackage(t *testing.T) {
	checktest.Docker(t, UnpinnedPackage, []checktest.Row{

		{Src: "FROM python\nRUN pip install Flask uWSGI requests redis\n", Want: "2 pypi Flask,redis,requests,uWSGI", Facts: newest("pypi", "flask", "3.0.3", "uwsgi", "2.0.28", "requests", "2.32.3", "redis", "5.2.0"), Fixed: "FROM python\nRUN pip install 'Flask>=3.0,<3.1' 'uWSGI>=2.0,<2.1' 'requests>=2.32,<2.33' 'redis>=5.2,<5.3'\n"},
		{Src: "FROM a\nRUN set -e; \\\n  # tools\n  /venv/bin/python -m pip --no-cache-dir install -U \"uvicorn[standard]\" 'a==1' b~=2 'c>=3' \\\n    pip", Want: "4 pypi uvicorn", Facts: newest("pypi", "uvicorn", "0.30.1"), Fixed: "FROM a\nRUN set -e; \\\n  # tools\n  /venv/bin/python -m pip --no-cache-dir install -U \"uvicorn[standard]>=0.30,<0.31\" 'a==1' b~=2 'c>=3' \\\n    pip"},
		{Src: "FROM a\nRUN npm i -g @vue/cli yarn@1.22.22 pnpm@latest", Want: "2 npm @vue/cli,pnpm"},
		{Src: "FROM a\nRUN gem install bundler rake:13.1 && go install example.com/x/cmd/y@latest && cargo install ripgrep", Want: "2 gem bundler; 2 go example.com/x/cmd/y; 2 cargo ripgrep"},
		{Src: "FROM a\nRUN [\"pip\", \"install\", \"flask\"]", Want: "2 pypi flask", Facts: newest("pypi", "flask", "3.0.3"), Fixed: "FROM a\nRUN [\"pip\", \"install\", \"flask>=3.0,<3.1\"]"},
		{Src: "FROM a\nRUN --mount=type=cache,target=/r <<E\nuv pip install --system ruff\nyarn global add serve\nE\n", Want: "3 pypi ruff; 4 npm serve"},
		{Src: "FROM a\nONBUILD RUN pip3.11 install gunicorn -r requirements.txt", Want: "2 pypi gunicorn", Facts: newest("pypi", "gunicorn", "20261"), Fixed: "refused: the line of gunicorn 20261 is not known"},
		{Src: "FROM a\nRUN pip install --upgrade pip setuptools wheel && pip install -r requirements.txt -e . .[dev] ./x dist/x.whl git+https://x.y/z https://x.y/z.zip", Want: ""},
		{Src: "FROM a\nRUN pip install -c constraints.txt flask && pip install --no-index --find-links /wheels app", Want: ""},
		{Src: "FROM a\nRUN pip install $PKG \"flask==${V}\" && pip download flask && pip list && pip --version", Want: ""},
		{Src: "FROM a\nRUN npm install && npm ci && npm install express && npm i -g \"npm@$V\" yarn@1 ./x.tgz", Want: ""},
		{Src: "FROM a\nRUN gem install rake -v 13.1 && gem install bundler:2.0.1 -- --use-system-libraries=true && gem install --local x.gem && go install ./... && go install example.com/x@v1.2.3 && go build ./cmd@latest", Want: ""},
		{Src: "FROM a\nRUN cargo install --version 14 ripgrep && cargo install --path . && cargo install a@1.0 && cargo build", Want: ""},
		{Src: "FROM a\nRUN echo pip install flask && apt-get install -y flask && conda install flask", Want: ""},
		{Src: "FROM a\n# hadolint ignore=DL3013\nRUN pip install flask", Want: ""},
	})
}

// newest answers with the newest versions of packages: name, version, name, version, …
func newest(kind string, list ...string) map[check.Question]check.Answer {
	answers := map[check.Question]check.Answer{}
	for i := 0; i+1 < len(list); i += 2 {
		answers[check.Question{Kind: check.AskNewest, Name: kind, Detail: list[i]}] = check.Answer{Text: list[i+1]}
	}
	return answers
}
