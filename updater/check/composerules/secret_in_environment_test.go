package composerules

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestSecretInEnvironment(t *testing.T) {
	token := "ghp_" + strings.Repeat("aB3d", 9)
	composetest.Table(t, SecretInEnvironment, []composetest.Row{
		{Src: composetest.Single("environment:", "  - DB_PASSWORD=kT9#fLq2 # x", "  - 'API_TOKEN=\"Zq8-f0_x7\"'"), Want: "5 a environment DB_PASSWORD; 6 a environment API_TOKEN"},
		{Src: composetest.Single("environment: {DATABASE_URL: 'postgres://app:s3cr3t-9d8f@db/app'}"), Want: "4 a environment DATABASE_URL"},
		{Src: "services:\n  a:\n    build: {context: ., args: {NPM: '" + token + "'}}\n", Want: "3 a build argument NPM"},
		{Src: "x-e: &e {SECRET_KEY: a8f5f167f44f4964e6c998dee827110c}\nservices: {a: {image: x, environment: {<<: *e}}, b: {image: y, environment: {<<: *e}}}\n", Want: "1 a environment SECRET_KEY"},
		{Src: composetest.Single("environment: {DB_PASSWORD: 'kT9$$fLq2'}"), Want: "4 a environment DB_PASSWORD"},
		{Src: "services:\n  gitea:\n    image: gitea/gitea\n    environment: {DB_PASSWD: gitea, DB_USER: git1}\n", Want: "4 gitea environment DB_PASSWD info"},
		{Src: composetest.Single("environment:", "- POSTGRES_USER=umami", "- POSTGRES_PASSWORD=umami99", "- JWT_SECRET=ThisIsAVerySecretString # change this"), Want: "6 a environment POSTGRES_PASSWORD info; 7 a environment JWT_SECRET info"},
		{Src: composetest.Single("environment: {MINIO_ROOT_PASSWORD: XscUJuDQP4WuWA55 } # please change"), Want: "4 a environment MINIO_ROOT_PASSWORD info"},
		{Src: composetest.Single("environment: {DB_PASSWORD: '${DB_PASSWORD}', A_TOKEN: '${T:-kT9fLq2}'}"), Want: ""},
		{Src: composetest.Single("environment: [DB_PASSWORD, API_TOKEN=]"), Want: ""},
		{Src: composetest.Single("environment: {DB_PASSWORD_FILE: /run/secrets/db, KEY_ID: kT9fLq2}"), Want: ""},
		{Src: composetest.Single("environment: {DB_PASSWORD: changeme, TOKEN: '<your token>'}"), Want: ""},
		{Src: composetest.Single("environment: {MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', GPG_KEY: 0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D}"), Want: ""},
		{Src: composetest.Single("labels: {DB_PASSWORD: kT9fLq2}"), Want: ""},
		{Src: composetest.Single("environment: {DB_PASSWORD: !reset null}"), Want: ""},
	})
}
