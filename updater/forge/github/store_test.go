package github

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/gittree"
)

func TestStoreHasAnEnd(t *testing.T) {
	dir := t.TempDir()
	s := newStore(dir, 10_000, testLog())
	for n := range 100 {
		data := []byte(strings.Repeat(fmt.Sprint(n), 300))
		s.put("blob", gittree.BlobHash(data), data)
		if _, ok := s.get("blob", gittree.BlobHash(data), func(got []byte) bool { return string(got) == string(data) }); !ok {
			t.Errorf("object %d was not kept", n)
		}
	}
	var used int64
	err := fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		if err == nil && d.Type().IsRegular() {
			used += info.Size()
		}
		return err
	})
	if err != nil || used > 10_000 || used < 5_000 {
		t.Errorf("%d bytes are kept, want at most 10000 and not nothing: %v", used, err)
	}
	s.put("blob", "../../evil", []byte("x"))
	if _, err := os.Stat(path.Join(dir, "..", "evil")); err == nil {
		t.Error("a name leads out of the folder")
	}
}
