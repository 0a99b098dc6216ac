package users

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestSudoInImage(t *testing.T) {
	checktest.Docker(t, SudoInImage, []checktest.Row{

		{Src: "FROM a\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n  curl \\\n  # why\n  sudo", Want: "2 installed"},
		{Src: "FROM a\nRUN sudo apt-get update", Want: "2 used"},
		{Src: "FROM a\nRUN apk add --no-cache bash sudo && echo", Want: "2 installed"},
		{Src: "FROM a\nRUN [\"sudo\", \"x\"]", Want: "2 used"},
		{Src: "FROM a\nONBUILD RUN /usr/bin/sudo x", Want: "2 used"},
		{Src: "FROM a\nRUN apt-get install -y sudo", Name: ".devcontainer/Dockerfile", Want: ""},
		{Src: "FROM a\nRUN echo sudo && apt-get install -y libsudo-dev", Want: ""},
		{Src: "FROM a\nUSER root\nRUN gosu app id", Want: ""},
		{Src: "FROM a\nRUN apt-get remove sudoku", Want: ""},
		{Src: "FROM a\n# hadolint ignore=DL3004\nRUN sudo x", Want: ""},
	})
}
