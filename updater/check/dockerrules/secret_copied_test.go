package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestSecretCopied(t *testing.T) {
	checktest.Docker(t, SecretCopied, []checktest.Row{

		{Src: "FROM a\nCOPY --chown=1:1 \\\n  package.json .env \\\n  ./", Want: "3 .env"},
		{Src: "FROM a\nADD keys/id_rsa /root/.ssh/", Want: "2 keys/id_rsa"},
		{Src: "FROM a\nCOPY .npmrc .netrc ./", Want: "2 .npmrc; 2 .netrc"},
		{Src: "FROM a\nONBUILD COPY tls/server.key /etc/ssl/", Want: "2 tls/server.key"},
		{Src: "FROM a AS b\nCOPY .pypirc /root/\nFROM c", Want: "2 .pypirc info"},
		{Src: "FROM a\nCOPY .npmrc ./", Want: "2 .npmrc", Around: checktest.Files(".npmrc", "//registry.npmjs.org/:_authToken=abc\n")},
		{Src: "FROM a\nCOPY .env.example .env.sample ./\nCOPY id_rsa.pub /x", Want: ""},
		{Src: "FROM a\nCOPY ca-bundle.pem root-ca.key cert.pem /etc/ssl/certs/", Want: ""},
		{Src: "FROM a AS b\nCOPY --from=b /root/.npmrc /x", Want: ""},
		{Src: "FROM a\nCOPY .npmrc ./", Want: "", Around: checktest.Files(".npmrc", "engine-strict=true\n")},
		{Src: "FROM a\nCOPY .npmrc ./", Want: "", Around: checktest.Files(".npmrc", "//npm.pkg.github.com/:_authToken=${NPM_TOKEN}\n")},
		{Src: "FROM a\nCOPY <<E .env\nA=1\nE", Want: ""},
		{Src: "FROM a\nCOPY environment.yml keyboard.json ./", Want: ""},
	})
}
