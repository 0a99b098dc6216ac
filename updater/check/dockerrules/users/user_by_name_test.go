package users

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestUserByName(t *testing.T) {
	checktest.Docker(t, UserByName, []checktest.Row{

		{Src: "FROM a\nRUN groupadd -g 1000 app && \\\n  useradd --uid 10001 -g app app\nUSER app\nCMD x", Want: "4 app", Fixed: "FROM a\nRUN groupadd -g 1000 app && \\\n  useradd --uid 10001 -g app app\nUSER 10001\nCMD x"},
		{Src: "FROM a AS b\nRUN adduser -D -u 1001 web\nFROM b\nUSER web:web", Want: "4 web", Fixed: "FROM a AS b\nRUN adduser -D -u 1001 web\nFROM b\nUSER 1001:web"},
		{Src: "FROM a\nUSER nobody", Want: "2 nobody"},
		{Src: "FROM a\nARG U=app\nUSER $U", Want: "3 app"},
		{Src: "FROM a AS x\nUSER node\nFROM x", Want: "2 node"},
		{Src: "FROM a\nUSER 1000", Want: ""},
		{Src: "FROM a\nUSER app\nUSER 1000:1000", Want: ""},
		{Src: "FROM a\nUSER root", Want: ""},
		{Src: "FROM a AS b\nUSER app\nFROM c", Want: ""},
		{Src: "FROM a\nUSER ${UID}", Want: ""},
	})
}
