package composerules

import "testing"

func TestEnvFileCommitted(t *testing.T) {
	env := func(text string) string { return "-- compose.yaml --\nservices: {a: {image: x}}\n-- .env --\n" + text }
	file := func(name, text string) string {
		return "-- compose.yaml --\nservices: {a: {image: x, env_file: " + name + "}}\n-- " + name + " --\n" + text
	}
	table(t, EnvFileCommitted, []row{
		{src: env("A=1\n# x\nexport DB_PASSWORD=\"kT9#fLq2\" # y\nTOKEN=zz9xq0\n"), want: ".env:3 - env file"},
		{src: file("conf/prod.env", "DB_PASSWORD: kT9#fLq2\r\n"), want: "conf/prod.env:1 - env file"},
		{src: "-- compose.yaml --\nservices: {a: {image: x, env_file: [{path: p.env, required: false}]}}\n-- p.env --\nS=postgres://a:s3cr3t-9@b/c\n", want: "p.env:1 - env file"},
		{src: env("POSTGRES_PASSWORD=postgres\nDB_PASSWORD='kT9#fLq2'\n"), want: ".env:2 - env file"},
		{src: env("POSTGRES_PASSWORD=postgres\n"), want: ".env:1 - env file info"},
		{src: env("TAG=1.2\nDB_PASSWORD=\nX_TOKEN=${Y}\n"), want: ""},
		{src: file(".env.example", "DB_PASSWORD=kT9#fLq2\n"), want: ""},
		{src: file("untracked.env", "DB_PASSWORD=kT9#fLq2\n"), want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x, env_file: gone.env}}\n", want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x, env_file: '${F}'}}\n-- other.env --\nDB_PASSWORD=kT9#fLq2\n", want: ""},
		{src: env("DB_PASSWORD_FILE=/x\nKEY_ID=abc\n"), want: ""},
	})
}
