package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

const hardened = "services:\n  a:\n    image: nginx:1\n    read_only: true\n    mem_limit: 64m\n    cap_drop: [all]\n    security_opt: ['no-new-privileges=true']\n"

func TestHardening(t *testing.T) {
	composetest.Table(t, Hardening, []composetest.Row{
		{Src: composetest.Single(""), Want: "2 - hardening"},
		{Src: "services: {a: {image: x}, b: {image: y}}\n", Want: "1 - hardening"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices: {a: {read_only: true}, b: {image: y}}\n", Want: "compose.override.yaml:1 - hardening; 1 - hardening"},
		{Src: composetest.Single("read_only: false", "cap_drop: [NET_RAW]", "security_opt: ['no-new-privileges:false']"), Want: "2 - hardening"},
		{Src: "a: {image: x}\n", Want: "1 - hardening"},
		{Src: hardened, Want: ""},
		{Src: "services:\n  a:\n    image: x\n    read_only: yes\n    deploy: {resources: {limits: {memory: 5M}}}\n    cap_drop: [CAP_ALL]\n    security_opt: [no-new-privileges]\n", Want: ""},
		{Src: "x-h: &h {read_only: true, mem_limit: 1g, cap_drop: [ALL], security_opt: ['no-new-privileges: true']}\nservices: {a: {<<: *h, image: x}, b: {<<: *h, image: y}}\n", Want: ""},
		{Src: "services: {}\n", Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, read_only: true, mem_limit: 1g}}\n-- compose.override.yaml --\nservices: {a: {cap_drop: [ALL], security_opt: [no-new-privileges]}}\n", Want: ""},
		{Src: "networks: {a: {}}\n", Want: ""},
	})
}
