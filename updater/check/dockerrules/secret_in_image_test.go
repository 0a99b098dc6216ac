package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestSecretInImage(t *testing.T) {
	checktest.Docker(t, SecretInImage, []checktest.Row{

		{Src: "FROM a\nENV A=1 \\\n  # rotated\n  DB_PASSWORD=\"kT9#fLq2\"", Want: "4 ENV DB_PASSWORD"},
		{Src: "FROM a\nARG NPM_TOKEN=npm_abcdefghijklmnopqrstuvwxyz0123456789", Want: "2 ARG NPM_TOKEN"},
		{Src: "FROM a\nENV API_SECRET zq81-kx\nLABEL com.x.token=zq81kx55", Want: "2 ENV API_SECRET; 3 LABEL com.x.token"},
		{Src: "FROM a\nENV DATABASE_URL=postgres://app:x9vq-22@db/app", Want: "2 ENV DATABASE_URL"},
		{Src: "FROM a AS b\nENV AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENG\nFROM c", Want: "2 ENV AWS_SECRET_ACCESS_KEY info"},
		{Src: "FROM a\nENV POSTGRES_PASSWORD=postgres", Want: "2 ENV POSTGRES_PASSWORD info"},
		{Src: "FROM a\nENV GPG_KEY=0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D PYTHON_PIP_SHA256=abc", Want: ""},
		{Src: "FROM a\nARG TOKEN\nENV API_TOKEN=$TOKEN\nENV API_KEY=\"\" SECRET_KEY=/run/secrets/k", Want: ""},
		{Src: "FROM a\nENV POSTGRES_PASSWORD_FILE=/run/secrets/db TOKENIZERS_PARALLELISM=false ALLOW_EMPTY_PASSWORD=yes", Want: ""},
		{Src: "FROM a\nRUN --mount=type=secret,id=TOKEN X=1 cmd\nENV SECRET_KEY_BASE=dummy", Want: ""},
		{Src: "FROM a\nLABEL description=\"the password is none of this\"", Want: ""},
		{Src: "# check=skip=SecretsUsedInArgOrEnv\nFROM a\nENV DB_PASSWORD=kT9fLq2", Want: ""},
	})
}
