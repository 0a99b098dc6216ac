package composerules

import "testing"

func TestNoMemoryLimit(t *testing.T) {
	table(t, NoMemoryLimit, []row{
		{src: single(""), want: "2 a no memory limit"},
		{src: single("deploy: {resources: {limits: {cpus: '1'}}}"), want: "2 a no memory limit"},
		{src: single("deploy: {resources: {reservations: {memory: 1G}}}"), want: "2 a no memory limit"},
		{src: single("mem_reservation: 1g"), want: "2 a no memory limit"},
		{src: single("mem_limit:"), want: "2 a no memory limit"},
		{src: single("mem_limit: ${M}"), want: ""},
		{src: single("mem_limit: 1g"), want: ""},
		{src: single("deploy: {resources: {limits: {memory: 1G}}}"), want: ""},
		{src: hardened, want: ""},
		{src: "x-d: &d {resources: {limits: {memory: 1G}}}\nservices: {a: {image: x, deploy: {<<: *d}}}\n", want: ""},
	})
}

func TestAllCapabilities(t *testing.T) {
	table(t, AllCapabilities, []row{
		{src: single(""), want: "2 a all capabilities"},
		{src: single("cap_drop: [NET_RAW]"), want: "2 a all capabilities"},
		{src: single("cap_add: [ALL]"), want: "2 a all capabilities"},
		{src: single("cap_drop: []"), want: "2 a all capabilities"},
		{src: single("privileged: false"), want: "2 a all capabilities"},
		{src: single("cap_drop: [ALL]"), want: ""},
		{src: single("cap_drop: [all]", "cap_add: [CHOWN]"), want: ""},
		{src: single("cap_drop:", "- 'CAP_ALL'"), want: ""},
		{src: single("privileged: true"), want: ""},
		{src: hardened, want: ""},
	})
}

func TestNewPrivileges(t *testing.T) {
	table(t, NewPrivileges, []row{
		{src: single("command: x"), want: "2 a new privileges", fixed: "services:\n  a:\n    security_opt: [\"no-new-privileges:true\"]\n    image: x:1\n    command: x\n"},
		{src: single("security_opt:", "  - seccomp:x.json"), want: "2 a new privileges", fixed: "services:\n  a:\n    image: x:1\n    security_opt:\n      - \"no-new-privileges:true\"\n      - seccomp:x.json\n"},
		{src: single("security_opt: [label:disable]"), want: "2 a new privileges", fixed: "services:\n  a:\n    image: x:1\n    security_opt: [\"no-new-privileges:true\", label:disable]\n"},
		{src: single("security_opt: ['no-new-privileges:false']"), want: "2 a new privileges"},
		{src: "services: { \"a\" : &x { image: x } }\n", want: "1 a new privileges", fixed: "services: { \"a\" : &x {security_opt: [\"no-new-privileges:true\"],  image: x } }\n"},
		{src: single("security_opt: [no-new-privileges]"), want: ""},
		{src: single("security_opt: ['no-new-privileges:true']"), want: ""},
		{src: single("security_opt: ['no-new-privileges = true']"), want: ""},
		{src: single("privileged: true"), want: ""},
		{src: hardened, want: ""},
	})
}
