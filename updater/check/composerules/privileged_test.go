package composerules

import "testing"

func TestPrivileged(t *testing.T) {
	table(t, Privileged, []row{
		{src: "x-p: &p\n  privileged: true\nservices:\n  a: {<<: *p, image: x}\n  b: {<<: *p, image: y}\n", want: "2 a privileged"},
		{src: "-- compose.yaml --\nservices: {a: {extends: {file: base.yaml, service: b}}}\n-- base.yaml --\nservices: {b: {image: x, privileged: true}}\n", want: "1 a privileged"},
		{src: "-- compose.yaml --\nservices: {a: {extends: {file: base-compose.yml, service: b}}}\n-- base-compose.yml --\nservices: {b: {image: x, privileged: true}}\n", want: "base-compose.yml:1 b privileged"},
		{src: "-- compose.yaml --\nservices: {a: {image: x}}\n-- compose.override.yaml --\nservices:\n  a:\n    privileged: 'true'\n", want: "compose.override.yaml:3 a privileged"},
		{src: single("privileged: yes"), want: "4 a privileged"},
		{src: "a:\n  image: x\n  privileged: true\n", want: "3 a privileged"},
		{src: single("privileged: ${PRIV:-true}"), want: "4 a privileged"},
		{src: single("privileged: ${PRIV}"), want: ""},
		{src: single("privileged: false"), want: ""},
		{src: single("# privileged: true"), want: ""},
		{src: single("environment: {privileged: true}"), want: ""},
		{src: single("# freshpin: ignore privileged: it formats disks", "privileged: true"), want: ""},
		{src: "-- compose.yaml --\nservices: {a: {image: x, privileged: true}}\n-- compose.override.yaml --\nservices: {a: {privileged: false}}\n", want: ""},
	})
}
