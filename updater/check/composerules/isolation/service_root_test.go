package isolation

import (
	"errors"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestServiceRoot(t *testing.T) {
	image := func(ref string, c *ecosystems.ImageConfig) map[check.Question]check.Answer {
		return map[check.Question]check.Answer{{Kind: check.AskImage, Name: ref}: {Image: ecosystems.Image{Config: c}}}
	}
	rooted := image("x:1", &ecosystems.ImageConfig{})
	composetest.Table(t, ServiceRoot, []composetest.Row{
		{Src: composetest.Single("user: '0:0'"), Want: "4 a user root default"},
		{Src: "services:\n  a:\n    build: .\n    user: root\n", Want: "4 a user root default"},
		{Src: composetest.Single("user: root:docker"), Want: "4 a user root default"},
		{Src: composetest.Single("user: root", "restart: \"no\"", "command: sh -c 'chown -R 1000 /data'"), Want: "4 a user root"},
		{Src: "-- compose.yaml --\nservices: {a: {image: x, user: '1000'}}\n-- compose.override.yaml --\nservices:\n  a: {user: 0}\n", Want: "compose.override.yaml:2 a user root default"},
		{Src: composetest.Single("restart: always"), Facts: rooted, Want: "2 a root"},
		{Src: composetest.Single(""), Facts: image("x:1", &ecosystems.ImageConfig{User: "0:0"}), Want: "2 a root"},
		{Src: composetest.Single("user: '1000'"), Facts: rooted, Want: ""},
		{Src: composetest.Single("user: ${UID:-0}"), Facts: rooted, Want: ""},
		{Src: composetest.Single(""), Facts: image("x:1", &ecosystems.ImageConfig{User: "nobody"}), Want: ""},
		{Src: composetest.Single(""), Facts: image("x:1", &ecosystems.ImageConfig{Entrypoint: []string{"/init"}}), Want: ""},
		{Src: composetest.Single(""), Facts: image("x:1", nil), Want: ""},
		{Src: composetest.Single(""), Facts: map[check.Question]check.Answer{{Kind: check.AskImage, Name: "x:1"}: {Err: errors.New("down")}}, Want: ""},
		{Src: "services: {a: {image: 'postgres:16'}, b: {image: 'redis', user: root}}\n", Facts: image("postgres:16", &ecosystems.ImageConfig{}), Want: ""},
		{Src: "services: {a: {image: 'x:1', build: .}}\n", Facts: rooted, Want: ""},
		{Src: "services: {a: {image: '${IMAGE}'}}\n", Facts: rooted, Want: ""},
	})
}
