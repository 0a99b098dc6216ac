package composerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestEnvFileCommitted(t *testing.T) {
	env := func(text string) string { return "-- compose.yaml --\nservices: {a: {image: x}}\n-- .env --\n" + text }
	file := func(name, text string) string {
		return "-- compose.yaml --\nservices: {a: {image: x, env_file: " + name + "}}\n-- " + name + " --\n" + text
	}
	composetest.Table(t, EnvFileCommitted, []composetest.Row{
		{Src: env("A=1\n# x\nexport DB_PASSWORD=\"kT9#fLq2\" # y\nTOKEN=zz9xq0\n"), Want: ".env:3 - env file"},
		{Src: file("conf/prod.env", "DB_PASSWORD: kT9#fLq2\r\n"), Want: "conf/prod.env:1 - env file"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, env_file: [{path: p.env, required: false}]}}\n-- p.env --\nS=postgres://a:s3cr3t-9@b/c\n", Want: "p.env:1 - env file"},
		{Src: env("POSTGRES_PASSWORD=postgres\nDB_PASSWORD='kT9#fLq2'\n"), Want: ".env:2 - env file"},
		{Src: env("POSTGRES_PASSWORD=postgres\n"), Want: ".env:1 - env file info"},
		{Src: env("TAG=1.2\nDB_PASSWORD=\nX_TOKEN=${Y}\n"), Want: ""},
		{Src: file(".env.example", "DB_PASSWORD=kT9#fLq2\n"), Want: ""},
		{Src: file("untracked.env", "DB_PASSWORD=kT9#fLq2\n"), Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, env_file: gone.env}}\n", Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, env_file: '${F}'}}\n-- other.env --\nDB_PASSWORD=kT9#fLq2\n", Want: ""},
		{Src: env("DB_PASSWORD_FILE=/x\nKEY_ID=abc\n"), Want: ""},
		{Src: "services: {a: {image: x, env_file: [{required: false}]}}\n", Want: ""}, // crashed
	})
}
