package composerules

import (
	"errors"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

func TestServiceRoot(t *testing.T) {
	image := func(ref string, c *ecosystems.ImageConfig) map[check.Question]check.Answer {
		return map[check.Question]check.Answer{{Kind: check.AskImage, Name: ref}: {Image: ecosystems.Image{Config: c}}}
	}
	rooted := image("x:1", &ecosystems.ImageConfig{})
	table(t, ServiceRoot, []row{
		{src: single("user: '0:0'"), want: "4 a user root default"},
		{src: "services:\n  a:\n    build: .\n    user: root\n", want: "4 a user root default"},
		{src: single("user: root:docker"), want: "4 a user root default"},
		{src: single("user: root", "restart: \"no\"", "command: sh -c 'chown -R 1000 /data'"), want: "4 a user root"},
		{src: "-- compose.yaml --\nservices: {a: {image: x, user: '1000'}}\n-- compose.override.yaml --\nservices:\n  a: {user: 0}\n", want: "compose.override.yaml:2 a user root default"},
		{src: single("restart: always"), facts: rooted, want: "2 a root"},
		{src: single(""), facts: image("x:1", &ecosystems.ImageConfig{User: "0:0"}), want: "2 a root"},
		{src: single("user: '1000'"), facts: rooted, want: ""},
		{src: single("user: ${UID:-0}"), facts: rooted, want: ""},
		{src: single(""), facts: image("x:1", &ecosystems.ImageConfig{User: "nobody"}), want: ""},
		{src: single(""), facts: image("x:1", &ecosystems.ImageConfig{Entrypoint: []string{"/init"}}), want: ""},
		{src: single(""), facts: image("x:1", nil), want: ""},
		{src: single(""), facts: map[check.Question]check.Answer{{Kind: check.AskImage, Name: "x:1"}: {Err: errors.New("down")}}, want: ""},
		{src: "services: {a: {image: 'postgres:16'}, b: {image: 'redis', user: root}}\n", facts: image("postgres:16", &ecosystems.ImageConfig{}), want: ""},
		{src: "services: {a: {image: 'x:1', build: .}}\n", facts: rooted, want: ""},
		{src: "services: {a: {image: '${IMAGE}'}}\n", facts: rooted, want: ""},
	})
}
