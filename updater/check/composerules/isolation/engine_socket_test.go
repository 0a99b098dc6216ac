package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestEngineSocket(t *testing.T) {
	composetest.Table(t, EngineSocket, []composetest.Row{
		{Src: composetest.Single("volumes:", "  - type: bind", "    source: /var/run/docker.sock", "    target: /tmp/d.sock", "    read_only: true"), Want: "5 a socket /tmp/d.sock"},
		{Src: composetest.Single("volumes: ['/run/user/1000/podman/podman.sock:/var/run/docker.sock:ro,z']"), Want: "4 a socket /var/run/docker.sock"},
		{Src: composetest.Single("volumes:", "- ${SOCK:-/var/run/docker.sock}:/var/run/docker.sock"), Want: "5 a socket /var/run/docker.sock"},
		{Src: composetest.Single("volumes:", "- ${SOCK}:/var/run/docker.sock"), Want: "5 a socket /var/run/docker.sock"},
		{Src: composetest.Single(`volumes: ['\\.\pipe\docker_engine:\\.\pipe\docker_engine']`), Want: `4 a socket \\.\pipe\docker_engine`},
		{Src: composetest.Single("volumes:", "- /run/containerd/containerd.sock:/run/containerd/containerd.sock"), Want: "5 a socket /run/containerd/containerd.sock"},
		{Src: "services:\n  p:\n    image: ghcr.io/tecnativa/docker-socket-proxy:1.2\n    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n", Want: "4 p socket /var/run/docker.sock info"},
		{Src: "x-v: &v\n  volumes:\n  - /var/run/docker.sock:/var/run/docker.sock\nservices:\n  a: {<<: *v, image: x}\n  b: {<<: *v, image: y}\n", Want: "3 a socket /var/run/docker.sock"},
		{Src: composetest.Single("volumes: ['./docker.sock.md:/x']"), Want: ""},
		{Src: composetest.Single("volumes: ['/run/mysqld/mysqld.sock:/run/mysqld/mysqld.sock']"), Want: ""},
		{Src: composetest.Single("volumes: [docker:/var/lib/docker]"), Want: ""},
		{Src: composetest.Single("environment: {DOCKER_HOST: 'unix:///var/run/docker.sock'}"), Want: ""},
		{Src: composetest.Single("volumes:", "# kics-scan ignore-line", "- /var/run/docker.sock:/var/run/docker.sock"), Want: ""},
		{Src: composetest.Single("tmpfs: /var/run/docker.sock"), Want: ""},
	})
}
