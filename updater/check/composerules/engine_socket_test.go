package composerules

import "testing"

func TestEngineSocket(t *testing.T) {
	table(t, EngineSocket, []row{
		{src: single("volumes:", "  - type: bind", "    source: /var/run/docker.sock", "    target: /tmp/d.sock", "    read_only: true"), want: "5 a socket /tmp/d.sock"},
		{src: single("volumes: ['/run/user/1000/podman/podman.sock:/var/run/docker.sock:ro,z']"), want: "4 a socket /var/run/docker.sock"},
		{src: single("volumes:", "- ${SOCK:-/var/run/docker.sock}:/var/run/docker.sock"), want: "5 a socket /var/run/docker.sock"},
		{src: single("volumes:", "- ${SOCK}:/var/run/docker.sock"), want: "5 a socket /var/run/docker.sock"},
		{src: single(`volumes: ['\\.\pipe\docker_engine:\\.\pipe\docker_engine']`), want: `4 a socket \\.\pipe\docker_engine`},
		{src: single("volumes:", "- /run/containerd/containerd.sock:/run/containerd/containerd.sock"), want: "5 a socket /run/containerd/containerd.sock"},
		{src: "services:\n  p:\n    image: ghcr.io/tecnativa/docker-socket-proxy:1.2\n    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n", want: "4 p socket /var/run/docker.sock info"},
		{src: "x-v: &v\n  volumes:\n  - /var/run/docker.sock:/var/run/docker.sock\nservices:\n  a: {<<: *v, image: x}\n  b: {<<: *v, image: y}\n", want: "3 a socket /var/run/docker.sock"},
		{src: single("volumes: ['./docker.sock.md:/x']"), want: ""},
		{src: single("volumes: ['/run/mysqld/mysqld.sock:/run/mysqld/mysqld.sock']"), want: ""},
		{src: single("volumes: [docker:/var/lib/docker]"), want: ""},
		{src: single("environment: {DOCKER_HOST: 'unix:///var/run/docker.sock'}"), want: ""},
		{src: single("volumes:", "# kics-scan ignore-line", "- /var/run/docker.sock:/var/run/docker.sock"), want: ""},
		{src: single("tmpfs: /var/run/docker.sock"), want: ""},
	})
}
