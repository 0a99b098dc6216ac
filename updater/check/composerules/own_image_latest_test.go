package composerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestOwnImageLatest(t *testing.T) {
	workflow := func(run string) string {
		return "-- .github/workflows/ci.yml --\njobs: {a: {steps: [{run: '" + run + "'}]}}\n"
	}
	compose := func(image string) string {
		return "-- compose.yaml --\nservices:\n  a:\n    build: .\n    image: " + image + "\n"
	}
	composetest.Table(t, OwnImageLatest, []composetest.Row{
		{Src: compose("ghcr.io/acme/app") + workflow("docker compose build && docker compose push"), Want: "4 a own image ghcr.io/acme/app"},
		{Src: compose("acme/app:latest") + workflow("docker-compose -f compose.yaml build --push a"), Want: "4 a own image acme/app"},
		{Src: compose("localhost:5000/app") + "-- Makefile --\npush:\n\tdocker push localhost:5000/app:latest\n", Want: "4 a own image localhost:5000/app"},
		{Src: compose("acme/app") + "-- scripts/release.sh --\npodman image push 'acme/app:v1'\n", Want: "4 a own image acme/app"},
		{Src: "-- deploy/compose.yaml --\nservices: {a: {build: .., image: acme/app}}\n-- .gitlab-ci.yml --\nx: {script: [docker compose -f deploy/compose.yaml push]}\n", Want: "deploy/compose.yaml:1 a own image acme/app"},
		{Src: compose("ghcr.io/acme/app"), Want: ""},
		{Src: compose("ghcr.io/acme/app") + workflow("docker compose build"), Want: ""},
		{Src: compose("ghcr.io/acme/app:${TAG}") + workflow("docker compose push"), Want: ""},
		{Src: compose("ghcr.io/acme/app:1.2") + workflow("docker compose push"), Want: ""},
		{Src: compose("app") + workflow("docker compose push"), Want: ""},
		{Src: compose("acme/app") + workflow("docker push acme/other; git push"), Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: acme/app}}\n" + workflow("docker compose push"), Want: ""},
		{Src: "-- deploy/compose.yaml --\nservices: {a: {build: .., image: acme/app}}\n-- .gitlab-ci.yml --\nx: {script: [docker compose push]}\n", Want: ""},
	})
}
