package composerules

import "testing"

func TestOwnImageLatest(t *testing.T) {
	workflow := func(run string) string {
		return "-- .github/workflows/ci.yml --\njobs: {a: {steps: [{run: '" + run + "'}]}}\n"
	}
	compose := func(image string) string {
		return "-- compose.yaml --\nservices:\n  a:\n    build: .\n    image: " + image + "\n"
	}
	table(t, OwnImageLatest, []row{
		{src: compose("ghcr.io/acme/app") + workflow("docker compose build && docker compose push"), want: "4 a own image ghcr.io/acme/app"},
		{src: compose("acme/app:latest") + workflow("docker-compose -f compose.yaml build --push a"), want: "4 a own image acme/app"},
		{src: compose("localhost:5000/app") + "-- Makefile --\npush:\n\tdocker push localhost:5000/app:latest\n", want: "4 a own image localhost:5000/app"},
		{src: compose("acme/app") + "-- scripts/release.sh --\npodman image push 'acme/app:v1'\n", want: "4 a own image acme/app"},
		{src: "-- deploy/compose.yaml --\nservices: {a: {build: .., image: acme/app}}\n-- .gitlab-ci.yml --\nx: {script: [docker compose -f deploy/compose.yaml push]}\n", want: "deploy/compose.yaml:1 a own image acme/app"},
		{src: compose("ghcr.io/acme/app"), want: ""},
		{src: compose("ghcr.io/acme/app") + workflow("docker compose build"), want: ""},
		{src: compose("ghcr.io/acme/app:${TAG}") + workflow("docker compose push"), want: ""},
		{src: compose("ghcr.io/acme/app:1.2") + workflow("docker compose push"), want: ""},
		{src: compose("app") + workflow("docker compose push"), want: ""},
		{src: compose("acme/app") + workflow("docker push acme/other; git push"), want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: acme/app}}\n" + workflow("docker compose push"), want: ""},
		{src: "-- deploy/compose.yaml --\nservices: {a: {build: .., image: acme/app}}\n-- .gitlab-ci.yml --\nx: {script: [docker compose push]}\n", want: ""},
	})
}
