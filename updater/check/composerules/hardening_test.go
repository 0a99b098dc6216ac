package composerules

import "testing"

const hardened = "services:\n  a:\n    image: nginx:1\n    read_only: true\n    mem_limit: 64m\n    cap_drop: [all]\n    security_opt: ['no-new-privileges=true']\n"

func TestHardening(t *testing.T) {
	table(t, Hardening, []row{
		{src: single(""), want: "2 - hardening"},
		{src: "services: {a: {image: x}, b: {image: y}}\n", want: "1 - hardening"},
		{src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices: {a: {read_only: true}, b: {image: y}}\n", want: "compose.override.yaml:1 - hardening; 1 - hardening"},
		{src: single("read_only: false", "cap_drop: [NET_RAW]", "security_opt: ['no-new-privileges:false']"), want: "2 - hardening"},
		{src: "a: {image: x}\n", want: "1 - hardening"},
		{src: hardened, want: ""},
		{src: "services:\n  a:\n    image: x\n    read_only: yes\n    deploy: {resources: {limits: {memory: 5M}}}\n    cap_drop: [CAP_ALL]\n    security_opt: [no-new-privileges]\n", want: ""},
		{src: "x-h: &h {read_only: true, mem_limit: 1g, cap_drop: [ALL], security_opt: ['no-new-privileges: true']}\nservices: {a: {<<: *h, image: x}, b: {<<: *h, image: y}}\n", want: ""},
		{src: "services: {}\n", want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x, read_only: true, mem_limit: 1g}}\n-- compose.override.yaml --\nservices: {a: {cap_drop: [ALL], security_opt: [no-new-privileges]}}\n", want: ""},
		{src: "networks: {a: {}}\n", want: ""},
	})
}
