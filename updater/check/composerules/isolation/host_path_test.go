package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestHostPath(t *testing.T) {
	composetest.Table(t, HostPath, []composetest.Row{
		{Src: composetest.Single("volumes: ['/:/host', '/etc/:/etc']"), Want: "4 a bind /; 4 a bind /etc"},
		{Src: composetest.Single("volumes:", "- type: bind", "  source: /var/lib/docker", "  target: /d"), Want: "5 a bind /var/lib/docker"},
		{Src: composetest.Single("volumes: ['~/.ssh:/root/.ssh']"), Want: "4 a bind ~/.ssh"},
		{Src: composetest.Single("volumes: ['/home:/home:rw']"), Want: "4 a bind /home"},
		{Src: composetest.Single("volumes: ['/../etc/ssh:/x']"), Want: "4 a bind /etc/ssh"},
		{Src: composetest.Single(`volumes: ['C:\:/c']`), Want: `4 a bind C:\`},
		{Src: composetest.Single("volumes: ['/etc/passwd:/etc/passwd', '/dev:/dev']"), Want: "4 a bind /etc/passwd; 4 a bind /dev"},
		{Src: composetest.Single("volumes: ['/:/rootfs:ro', '/etc:/etc:ro,rslave']"), Want: ""},
		{Src: composetest.Single("volumes: ['/etc/localtime:/etc/localtime', '/etc/letsencrypt:/etc/letsencrypt']"), Want: ""},
		{Src: composetest.Single("volumes: ['/home/me/data:/data', '/var/lib/app:/app', '/var/log/app:/l']"), Want: ""},
		{Src: composetest.Single("volumes:", "- {type: bind, source: /etc, target: /e, read_only: true}"), Want: ""},
		{Src: composetest.Single("volumes: ['etc:/etc', /var, './etc:/etc']"), Want: ""},
		{Src: composetest.Single("volumes: ['${ROOT}:/data']"), Want: ""},
		{Src: composetest.Single("volumes: ['/var/lib/docker/containers:/var/lib/docker/containers']"), Want: ""},
	})
}
