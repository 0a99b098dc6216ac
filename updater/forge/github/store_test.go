package github

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
)

func TestStoreHasAnEnd(t *testing.T) {
	dir := t.TempDir()
	c := newClock()
	s := newStore(dir, 10_000, testLog(), c.now)
	for n := range 100 {
		data := []byte(strings.Repeat(fmt.Sprint(n), 300))
		s.put("blob", gitHash("blob", data), data)
	}
	var used int64
	for _, k := range s.list() {
		used += k.size
	}
	if used > 10_000 || used != s.used {
		t.Errorf("%d bytes are kept and %d counted, want the same and at most 10000", used, s.used)
	}
	s.put("blob", "../../evil", []byte("x"))
	if _, err := os.Stat(path.Join(dir, "..", "evil")); err == nil {
		t.Error("a name leads out of the folder")
	}
}
