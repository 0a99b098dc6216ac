package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestUnconfined(t *testing.T) {
	composetest.Table(t, Unconfined, []composetest.Row{
		{Src: composetest.Single("security_opt: [\"seccomp:unconfined\", apparmor=unconfined]"), Want: "4 a seccomp off; 4 a apparmor off"},
		{Src: composetest.Single("security_opt:", "- 'seccomp = unconfined'"), Want: "5 a seccomp off"},
		{Src: composetest.Single("security_opt:", "- label=disable", "- label:disable"), Want: "5 a label off; 6 a label off"},
		{Src: composetest.Single("security_opt:", "- AppArmor:Unconfined"), Want: "5 a apparmor off"},
		{Src: composetest.Single("security_opt: [systempaths=unconfined]"), Want: "4 a systempaths off"},
		{Src: "x-s: &s [seccomp:unconfined]\nservices: {a: {image: x, security_opt: *s}, b: {image: y, security_opt: *s}}\n", Want: "1 a seccomp off"},
		{Src: composetest.Single("security_opt: [seccomp:profile.json]"), Want: ""},
		{Src: composetest.Single("security_opt: ['no-new-privileges:true']"), Want: ""},
		{Src: composetest.Single("security_opt: [apparmor:docker-default, label=type:container_t]"), Want: ""},
		{Src: composetest.Single("security_opt: ['seccomp:${PROFILE}']"), Want: ""},
		{Src: composetest.Single("labels: ['seccomp:unconfined']"), Want: ""},
	})
}
