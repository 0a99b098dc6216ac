package composerules

import "testing"

func TestUnconfined(t *testing.T) {
	table(t, Unconfined, []row{
		{src: single("security_opt: [\"seccomp:unconfined\", apparmor=unconfined]"), want: "4 a seccomp off; 4 a apparmor off"},
		{src: single("security_opt:", "- 'seccomp = unconfined'"), want: "5 a seccomp off"},
		{src: single("security_opt:", "- label=disable", "- label:disable"), want: "5 a label off; 6 a label off"},
		{src: single("security_opt:", "- AppArmor:Unconfined"), want: "5 a apparmor off"},
		{src: single("security_opt: [systempaths=unconfined]"), want: "4 a systempaths off"},
		{src: "x-s: &s [seccomp:unconfined]\nservices: {a: {image: x, security_opt: *s}, b: {image: y, security_opt: *s}}\n", want: "1 a seccomp off"},
		{src: single("security_opt: [seccomp:profile.json]"), want: ""},
		{src: single("security_opt: ['no-new-privileges:true']"), want: ""},
		{src: single("security_opt: [apparmor:docker-default, label=type:container_t]"), want: ""},
		{src: single("security_opt: ['seccomp:${PROFILE}']"), want: ""},
		{src: single("labels: ['seccomp:unconfined']"), want: ""},
	})
}
