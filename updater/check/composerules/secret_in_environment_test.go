package composerules

import (
	"strings"
	"testing"
)

func TestSecretInEnvironment(t *testing.T) {
	token := "ghp_" + strings.Repeat("aB3d", 9)
	table(t, SecretInEnvironment, []row{
		{src: single("environment:", "  - DB_PASSWORD=kT9#fLq2 # x", "  - 'API_TOKEN=\"Zq8-f0_x7\"'"), want: "5 a environment DB_PASSWORD; 6 a environment API_TOKEN"},
		{src: single("environment: {DATABASE_URL: 'postgres://app:s3cr3t-9d8f@db/app'}"), want: "4 a environment DATABASE_URL"},
		{src: "services:\n  a:\n    build: {context: ., args: {NPM: '" + token + "'}}\n", want: "3 a build argument NPM"},
		{src: "x-e: &e {SECRET_KEY: a8f5f167f44f4964e6c998dee827110c}\nservices: {a: {image: x, environment: {<<: *e}}, b: {image: y, environment: {<<: *e}}}\n", want: "1 a environment SECRET_KEY"},
		{src: single("environment: {DB_PASSWORD: 'kT9$$fLq2'}"), want: "4 a environment DB_PASSWORD"},
		{src: "services:\n  gitea:\n    image: gitea/gitea\n    environment: {DB_PASSWD: gitea, DB_USER: git1}\n", want: "4 gitea environment DB_PASSWD info"},
		{src: single("environment:", "- POSTGRES_USER=umami", "- POSTGRES_PASSWORD=umami99", "- JWT_SECRET=ThisIsAVerySecretString # change this"), want: "6 a environment POSTGRES_PASSWORD info; 7 a environment JWT_SECRET info"},
		{src: single("environment: {MINIO_ROOT_PASSWORD: XscUJuDQP4WuWA55 } # please change"), want: "4 a environment MINIO_ROOT_PASSWORD info"},
		{src: single("environment: {DB_PASSWORD: '${DB_PASSWORD}', A_TOKEN: '${T:-kT9fLq2}'}"), want: ""},
		{src: single("environment: [DB_PASSWORD, API_TOKEN=]"), want: ""},
		{src: single("environment: {DB_PASSWORD_FILE: /run/secrets/db, KEY_ID: kT9fLq2}"), want: ""},
		{src: single("environment: {DB_PASSWORD: changeme, TOKEN: '<your token>'}"), want: ""},
		{src: single("environment: {MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', GPG_KEY: 0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D}"), want: ""},
		{src: single("labels: {DB_PASSWORD: kT9fLq2}"), want: ""},
		{src: single("environment: {DB_PASSWORD: !reset null}"), want: ""},
	})
}
