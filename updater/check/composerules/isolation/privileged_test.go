package isolation

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestPrivileged(t *testing.T) {
	composetest.Table(t, Privileged, []composetest.Row{
		{Src: "x-p: &p\n  privileged: true\nservices:\n  a: {<<: *p, image: x}\n  b: {<<: *p, image: y}\n", Want: "2 a privileged"},
		{Src: "-- compose.yaml --\nservices: {a: {extends: {file: base.yaml, service: b}}}\n-- base.yaml --\nservices: {b: {image: x, privileged: true}}\n", Want: "1 a privileged"},
		{Src: "-- compose.yaml --\nservices: {a: {extends: {file: base-compose.yml, service: b}}}\n-- base-compose.yml --\nservices: {b: {image: x, privileged: true}}\n", Want: "base-compose.yml:1 b privileged"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices:\n  a:\n    privileged: 'true'\n", Want: "compose.override.yaml:3 a privileged"},
		{Src: composetest.Single("privileged: yes"), Want: "4 a privileged"},
		{Src: "a:\n  image: x\n  privileged: true\n", Want: "3 a privileged"},
		{Src: composetest.Single("privileged: ${PRIV:-true}"), Want: "4 a privileged"},
		{Src: composetest.Single("privileged: ${PRIV}"), Want: ""},
		{Src: composetest.Single("privileged: false"), Want: ""},
		{Src: composetest.Single("# privileged: true"), Want: ""},
		{Src: composetest.Single("environment: {privileged: true}"), Want: ""},
		{Src: composetest.Single("# freshpin: ignore privileged: it formats disks", "privileged: true"), Want: ""},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, privileged: true}}\n-- compose.override.yaml --\nservices: {a: {privileged: false}}\n", Want: ""},
	})
}
