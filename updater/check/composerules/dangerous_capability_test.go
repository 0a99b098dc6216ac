package composerules

import "testing"

func TestDangerousCapability(t *testing.T) {
	table(t, DangerousCapability, []row{
		{src: single("cap_add: [cap_sys_admin, 'SYS_PTRACE', chown]"), want: "4 a cap SYS_ADMIN; 4 a cap SYS_PTRACE"},
		{src: single("cap_add:", "- ALL"), want: "5 a cap ALL"},
		{src: single("cap_add:", "  - NET_ADMIN", "  - DAC_READ_SEARCH"), want: "5 a cap NET_ADMIN; 6 a cap DAC_READ_SEARCH"},
		{src: "services:\n  v:\n    image: lscr.io/linuxserver/wireguard:1\n    cap_add: [NET_ADMIN, SYS_MODULE]\n", want: "4 v cap NET_ADMIN info; 4 v cap SYS_MODULE info"},
		{src: single("devices: ['/dev/net/tun:/dev/net/tun']", "cap_add: [NET_ADMIN]"), want: "5 a cap NET_ADMIN info"},
		{src: "services:\n  t:\n    image: cturra/ntp\n    cap_add: [SYS_TIME]\n", want: "4 t cap SYS_TIME info"},
		{src: "-- compose.yaml --\nservices: {a: {image: x, cap_add: [CHOWN]}}\n-- compose.override.yaml --\nservices: {a: {cap_add: [SYS_RAWIO]}}\n", want: "compose.override.yaml:1 a cap SYS_RAWIO"},
		{src: single("cap_add: [CHOWN, SETUID, NET_BIND_SERVICE, IPC_LOCK, SYS_NICE]"), want: ""},
		{src: single("cap_drop: [ALL, SYS_ADMIN]"), want: ""},
		{src: single("cap_add: ['${CAP}']"), want: ""},
		{src: single("cap_add: []"), want: ""},
		{src: single("cap_add:", "# - SYS_ADMIN", "- KILL"), want: ""},
	})
}
