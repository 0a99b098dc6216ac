package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestDangerousCapability(t *testing.T) {
	composetest.Table(t, DangerousCapability, []composetest.Row{
		{Src: composetest.Single("cap_add: [cap_sys_admin, 'SYS_PTRACE', chown]"), Want: "4 a cap SYS_ADMIN; 4 a cap SYS_PTRACE"},
		{Src: composetest.Single("cap_add:", "- ALL"), Want: "5 a cap ALL"},
		{Src: composetest.Single("cap_add:", "  - NET_ADMIN", "  - DAC_READ_SEARCH"), Want: "5 a cap NET_ADMIN; 6 a cap DAC_READ_SEARCH"},
		{Src: "services:\n  v:\n    image: lscr.io/linuxserver/wireguard:1\n    cap_add: [NET_ADMIN, SYS_MODULE]\n", Want: "4 v cap NET_ADMIN info; 4 v cap SYS_MODULE info"},
		{Src: composetest.Single("devices: ['/dev/net/tun:/dev/net/tun']", "cap_add: [NET_ADMIN]"), Want: "5 a cap NET_ADMIN info"},
		{Src: "services:\n  t:\n    image: cturra/ntp\n    cap_add: [SYS_TIME]\n", Want: "4 t cap SYS_TIME info"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, cap_add: [CHOWN]}}\n-- compose.override.yaml --\nservices: {a: {cap_add: [SYS_RAWIO]}}\n", Want: "compose.override.yaml:1 a cap SYS_RAWIO"},
		{Src: composetest.Single("cap_add: [CHOWN, SETUID, NET_BIND_SERVICE, IPC_LOCK, SYS_NICE]"), Want: ""},
		{Src: composetest.Single("cap_drop: [ALL, SYS_ADMIN]"), Want: ""},
		{Src: composetest.Single("cap_add: ['${CAP}']"), Want: ""},
		{Src: composetest.Single("cap_add: []"), Want: ""},
		{Src: composetest.Single("cap_add:", "# - SYS_ADMIN", "- KILL"), Want: ""},
	})
}
