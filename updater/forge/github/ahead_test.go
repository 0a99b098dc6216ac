package github

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// Many files cost one archive; what is known already costs nothing, and a few are asked for one by one.
func TestFetchMany(t *testing.T) {
	s, address := hub(t)
	files := map[string]forgetest.File{".gitattributes": {Data: []byte("hidden.yaml export-ignore\n")}, "hidden.yaml": {Data: []byte("a: hidden\n")}}
	var paths []string
	for n := range manyFiles + 20 {
		name := fmt.Sprintf("deploy/%d.yaml", n)
		files[name] = forgetest.File{Data: fmt.Appendf(nil, "a: %d\n", n)}
		paths = append(paths, name)
	}
	if err := s.AddRepo("acme/many", files, forgetest.Options{}); err != nil {
		t.Fatal(err)
	}
	f, _, _ := testForge(t, address, func(o *Options) { o.Cache = t.TempDir() })
	c, err := f.Open(t.Context(), "acme/many")
	if err != nil {
		t.Fatal(err)
	}
	s.Reset()
	if err := c.Fetch(t.Context(), append(paths, "hidden.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(paths, "hidden.yaml") {
		if data, err := fs.ReadFile(c.FS, name); err != nil || string(data) != string(files[name].Data) {
			t.Fatalf("%s: %q, %v", name, data, err)
		}
	}
	blobs := 0
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, "/git/blobs/") {
			blobs++
		}
	}
	if n := len(s.Requests()); n > 4 || blobs > 1 {
		t.Errorf("%d requests, %d of which for one file: %v", n, blobs, s.Requests())
	}
	s.Reset()
	if err := c.Fetch(t.Context(), paths); err != nil || len(s.Requests()) != 0 {
		t.Errorf("what is known costs %d requests, %v", len(s.Requests()), err)
	}
}
