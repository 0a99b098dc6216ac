package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUndefinedVariable(t *testing.T) {
	checktest.Docker(t, UndefinedVariable, []checktest.Row{

		{Src: "FROM scratch\nLABEL org.opencontainers.image.version=\"$TAG\" \\\n  x=1", Want: "2 LABEL TAG"},
		{Src: "ARG V=1\nFROM scratch\nLABEL v=${V}", Want: "3 LABEL V"},
		{Src: "FROM python:${PY}-slim\nFROM x:$Y AS z", Want: "1 FROM PY; 2 FROM Y"},
		{Src: "FROM python\nENV A=$B C=${D%x} E=$PATH F=$LANG", Want: "2 ENV B; 2 ENV D", Facts: checktest.Image("python", ecosystems.ImageConfig{Env: []string{"PATH=/bin", "LANG=C"}})},
		{Src: "FROM scratch AS a\nARG X=1\nFROM a\nENV Y=$X", Want: "4 ENV X"},
		{Src: "FROM scratch\nENV DEBUG=$DEBUG\nENV SECRET_KEY=\"${SECRET_KEY}\"", Want: "2 ENV DEBUG; 3 ENV SECRET_KEY"},
		{Src: "FROM scratch\nLABEL a=$TARGETARCH", Want: "2 LABEL TARGETARCH"},
		{Src: "ARG PY\nFROM python:${PY}\nFROM --platform=$BUILDPLATFORM x:${T:-1}", Want: ""},
		{Src: "FROM python\nENV A=$B", Want: ""},
		{Src: "FROM scratch\nARG B\nENV A=$B X=/x:$X Y=${Z:-1} W=${Q:+y}", Want: ""},
		{Src: "FROM scratch\nENV A='$B' C=\\$D E=$http_proxy", Want: ""},
		{Src: "FROM scratch\nRUN echo $X\nCOPY $Y /z\nWORKDIR $W", Want: ""},
		{Src: "FROM {{ base }}\nLABEL x=$Y", Want: ""},
		{Src: "ARG V=1\nFROM scratch\nARG V\nLABEL v=$V", Want: ""},
	})
}
