package composerules

import "testing"

func TestHostPath(t *testing.T) {
	table(t, HostPath, []row{
		{src: single("volumes: ['/:/host', '/etc/:/etc']"), want: "4 a bind /; 4 a bind /etc"},
		{src: single("volumes:", "- type: bind", "  source: /var/lib/docker", "  target: /d"), want: "5 a bind /var/lib/docker"},
		{src: single("volumes: ['~/.ssh:/root/.ssh']"), want: "4 a bind ~/.ssh"},
		{src: single("volumes: ['/home:/home:rw']"), want: "4 a bind /home"},
		{src: single("volumes: ['/../etc/ssh:/x']"), want: "4 a bind /etc/ssh"},
		{src: single(`volumes: ['C:\:/c']`), want: `4 a bind C:\`},
		{src: single("volumes: ['/etc/passwd:/etc/passwd', '/dev:/dev']"), want: "4 a bind /etc/passwd; 4 a bind /dev"},
		{src: single("volumes: ['/:/rootfs:ro', '/etc:/etc:ro,rslave']"), want: ""},
		{src: single("volumes: ['/etc/localtime:/etc/localtime', '/etc/letsencrypt:/etc/letsencrypt']"), want: ""},
		{src: single("volumes: ['/home/me/data:/data', '/var/lib/app:/app', '/var/log/app:/l']"), want: ""},
		{src: single("volumes:", "- {type: bind, source: /etc, target: /e, read_only: true}"), want: ""},
		{src: single("volumes: ['etc:/etc', /var, './etc:/etc']"), want: ""},
		{src: single("volumes: ['${ROOT}:/data']"), want: ""},
		{src: single("volumes: ['/var/lib/docker/containers:/var/lib/docker/containers']"), want: ""},
	})
}
