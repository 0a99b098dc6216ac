package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestNoMemoryLimit(t *testing.T) {
	composetest.Table(t, NoMemoryLimit, []composetest.Row{
		{Src: composetest.Single(""), Want: "2 a no memory limit"},
		{Src: composetest.Single("deploy: {resources: {limits: {cpus: '1'}}}"), Want: "2 a no memory limit"},
		{Src: composetest.Single("deploy: {resources: {reservations: {memory: 1G}}}"), Want: "2 a no memory limit"},
		{Src: composetest.Single("mem_reservation: 1g"), Want: "2 a no memory limit"},
		{Src: composetest.Single("mem_limit:"), Want: "2 a no memory limit"},
		{Src: composetest.Single("mem_limit: ${M}"), Want: ""},
		{Src: composetest.Single("mem_limit: 1g"), Want: ""},
		{Src: composetest.Single("deploy: {resources: {limits: {memory: 1G}}}"), Want: ""},
		{Src: hardened, Want: ""},
		{Src: "x-d: &d {resources: {limits: {memory: 1G}}}\nservices: {a: {image: x, deploy: {<<: *d}}}\n", Want: ""},
	})
}

func TestAllCapabilities(t *testing.T) {
	composetest.Table(t, AllCapabilities, []composetest.Row{
		{Src: composetest.Single(""), Want: "2 a all capabilities"},
		{Src: composetest.Single("cap_drop: [NET_RAW]"), Want: "2 a all capabilities"},
		{Src: composetest.Single("cap_add: [ALL]"), Want: "2 a all capabilities"},
		{Src: composetest.Single("cap_drop: []"), Want: "2 a all capabilities"},
		{Src: composetest.Single("privileged: false"), Want: "2 a all capabilities"},
		{Src: composetest.Single("cap_drop: [ALL]"), Want: ""},
		{Src: composetest.Single("cap_drop: [all]", "cap_add: [CHOWN]"), Want: ""},
		{Src: composetest.Single("cap_drop:", "- 'CAP_ALL'"), Want: ""},
		{Src: composetest.Single("privileged: true"), Want: ""},
		{Src: hardened, Want: ""},
	})
}

func TestNewPrivileges(t *testing.T) {
	composetest.Table(t, NewPrivileges, []composetest.Row{
		{Src: composetest.Single("command: x"), Want: "2 a new privileges", Fixed: "services:\n  a:\n    security_opt: [\"no-new-privileges:true\"]\n    image: x:1\n    command: x\n"},
		{Src: composetest.Single("security_opt:", "  - seccomp:x.json"), Want: "2 a new privileges", Fixed: "services:\n  a:\n    image: x:1\n    security_opt:\n      - \"no-new-privileges:true\"\n      - seccomp:x.json\n"},
		{Src: composetest.Single("security_opt: [label:disable]"), Want: "2 a new privileges", Fixed: "services:\n  a:\n    image: x:1\n    security_opt: [\"no-new-privileges:true\", label:disable]\n"},
		{Src: composetest.Single("security_opt: ['no-new-privileges:false']"), Want: "2 a new privileges"},
		{Src: "services: { \"a\" : &x { image: x } }\n", Want: "1 a new privileges", Fixed: "services: { \"a\" : &x {security_opt: [\"no-new-privileges:true\"],  image: x } }\n"},
		{Src: composetest.Single("security_opt: [no-new-privileges]"), Want: ""},
		{Src: composetest.Single("security_opt: ['no-new-privileges:true']"), Want: ""},
		{Src: composetest.Single("security_opt: ['no-new-privileges = true']"), Want: ""},
		{Src: composetest.Single("privileged: true"), Want: ""},
		{Src: hardened, Want: ""},
	})
}
