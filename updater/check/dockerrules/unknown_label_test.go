package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUnknownLabel(t *testing.T) {
	checktest.Docker(t, UnknownLabel, []checktest.Row{

		{Src: "FROM a\nLABEL a=b \\\n  org.opencontainers.image.name=\"x\"", Want: "3 org.opencontainers.image.name", Fixed: "FROM a\nLABEL a=b \\\n  org.opencontainers.image.title=\"x\""},
		{Src: "FROM a\nLABEL \"org.opencontainers.image.license\"='MIT'", Want: "2 org.opencontainers.image.license", Fixed: "FROM a\nLABEL \"org.opencontainers.image.licenses\"='MIT'"},
		{Src: "FROM a\nLABEL org.opencontainers.image.foo bar baz", Want: "2 org.opencontainers.image.foo"},
		{Src: "FROM a\nONBUILD LABEL org.opencontainers.image.author=x", Want: "2 org.opencontainers.image.author"},
		{Src: "FROM a\nLABEL org.opencontainers.image.title=x org.opencontainers.image.name=y", Want: "2 org.opencontainers.image.name"},
		{Src: "FROM a\nLABEL org.opencontainers.image.title=x org.opencontainers.image.base.name=y org.opencontainers.image.ref.name=z", Want: ""},
		{Src: "FROM a\nLABEL org.opencontainers.images.name=x", Want: ""},
		{Src: "FROM a\nLABEL maintainer=x name=y", Want: ""},
		{Src: "FROM a\nLABEL org.opencontainers.image.$X=y", Want: ""},
		{Src: "FROM a\nENV org.opencontainers.image.name=x", Want: ""},
	})
}
