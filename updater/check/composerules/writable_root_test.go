package composerules

import "testing"

func TestWritableRoot(t *testing.T) {
	table(t, WritableRoot, []row{
		{src: "services:\r\n  a: &a # x\r\n\r\n    # y\r\n    image: nginx:1\r\n", want: "2 a writable root", fixed: "services:\r\n  a: &a # x\r\n    read_only: true\r\n    tmpfs: [/var/cache/nginx, /var/run, /tmp]\r\n\r\n    # y\r\n    image: nginx:1\r\n"},
		{src: "services: {a: {image: redis}}\n", want: "1 a writable root", fixed: "services: {a: {read_only: true, tmpfs: [/tmp], image: redis}}\n"},
		{src: "services:\n  a:\n      image: traefik\n      tmpfs:\n        - /x\n", want: "2 a writable root", fixed: "services:\n  a:\n      read_only: true\n      image: traefik\n      tmpfs:\n        - /tmp\n        - /x\n"},
		{src: "services:\n  a:\n    image: nginx\n    volumes: ['cache:/var/cache', 'run:/var/run', 'temp:/tmp']\nvolumes: {cache: {}, run: {}, temp: {}}\n", want: "2 a writable root", fixed: "services:\n  a:\n    read_only: true\n    image: nginx\n    volumes: ['cache:/var/cache', 'run:/var/run', 'temp:/tmp']\nvolumes: {cache: {}, run: {}, temp: {}}\n"},
		{src: single(""), want: "2 a writable root", fixed: "refused: what the image writes is not known: docker diff shows it"},
		{src: "services:\n  a:\n    image: nginx\n    read_only: false\n", want: "4 a writable root", fixed: "refused: the file says read_only: false"},
		{src: "x-a: &a {image: nginx}\nservices:\n  a: *a\n", want: "3 a writable root", fixed: "refused: the service is written in a way that is not edited"},
		{src: hardened, want: ""},
		{src: single("read_only: 'true'"), want: ""},
		{src: single("read_only: ${RO}"), want: ""},
		{src: "x-r: &r {read_only: true}\nservices: {a: {<<: *r, image: x}}\n", want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices: {a: {read_only: true}}\n", want: ""},
	})
}
