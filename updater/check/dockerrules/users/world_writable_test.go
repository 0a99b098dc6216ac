package users

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestWorldWritable(t *testing.T) {
	checktest.Docker(t, WorldWritable, []checktest.Row{

		{Src: "FROM a\nRUN mkdir /data && \\\n chmod -R 777 /data", Want: "3 777 /data"},
		{Src: "FROM a\nRUN chmod o+w /x; chmod 0666 /y; chmod a+rwx /z", Want: "2 o+w /x; 2 0666 /y; 2 a+rwx /z"},
		{Src: "FROM a\nCOPY --chmod=777 a /b", Want: "2 777 /b"},
		{Src: "FROM a\nRUN sudo chmod --recursive 0777 /x", Want: "2 0777 /x"},
		{Src: "FROM a\nRUN chmod u=rwx,go=rwx /x", Want: "2 u=rwx,go=rwx /x"},
		{Src: "FROM a\nRUN chmod 1777 /tmp && chmod 01777 /x && chmod +t,o+w /y", Want: ""},
		{Src: "FROM a\nRUN chmod 755 /x && chmod g+w /y && chmod 0644 /z && chmod +x /w", Want: ""},
		{Src: "FROM a\nRUN umask 000 && echo chmod 777", Want: ""},
		{Src: "FROM a\nCOPY --chmod=755 a /b", Want: ""},
		{Src: "FROM a\nRUN chmod $MODE /x", Want: ""},
	})
}
