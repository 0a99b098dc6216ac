package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestWritableRoot(t *testing.T) {
	composetest.Table(t, WritableRoot, []composetest.Row{
		{Src: "services:\r\n  a: &a # x\r\n\r\n    # y\r\n    image: nginx:1\r\n", Want: "2 a writable root", Fixed: "services:\r\n  a: &a # x\r\n    read_only: true\r\n    tmpfs: [/var/cache/nginx, /var/run, /tmp]\r\n\r\n    # y\r\n    image: nginx:1\r\n"},
		{Src: "services: {a: {image: redis}}\n", Want: "1 a writable root", Fixed: "services: {a: {read_only: true, tmpfs: [/tmp], image: redis}}\n"},
		{Src: "services:\n  a:\n      image: traefik\n      tmpfs:\n        - /x\n", Want: "2 a writable root", Fixed: "services:\n  a:\n      read_only: true\n      image: traefik\n      tmpfs:\n        - /tmp\n        - /x\n"},
		{Src: "services:\n  a:\n    image: nginx\n    volumes: ['cache:/var/cache', 'run:/var/run', 'temp:/tmp']\nvolumes: {cache: {}, run: {}, temp: {}}\n", Want: "2 a writable root", Fixed: "services:\n  a:\n    read_only: true\n    image: nginx\n    volumes: ['cache:/var/cache', 'run:/var/run', 'temp:/tmp']\nvolumes: {cache: {}, run: {}, temp: {}}\n"},
		{Src: composetest.Single(""), Want: "2 a writable root", Fixed: "refused: what the image writes is not known: docker diff shows it"},
		{Src: "services:\n  a:\n    image: nginx\n    read_only: false\n", Want: "4 a writable root", Fixed: "refused: the file says read_only: false"},
		{Src: "x-a: &a {image: nginx}\nservices:\n  a: *a\n", Want: "3 a writable root", Fixed: "refused: the service is written in a way that is not edited"},
		{Src: hardened, Want: ""},
		{Src: composetest.Single("read_only: 'true'"), Want: ""},
		{Src: composetest.Single("read_only: ${RO}"), Want: ""},
		{Src: "x-r: &r {read_only: true}\nservices: {a: {<<: *r, image: x}}\n", Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices: {a: {read_only: true}}\n", Want: ""},
	})
}
