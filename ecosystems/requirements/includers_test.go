package requirements

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
)

// A counter counts how often files are opened.
type counter struct {
	fs.FS
	opened map[string]int
}

func (c counter) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

// TestIncludersReadOnce: files that include each other in a circle cost one
// read each, not one for every way that leads to them.
func TestIncludersReadOnce(t *testing.T) {
	repo := fstest.MapFS{}
	const n = 50
	for i := range n {
		repo[fmt.Sprintf("requirements/f%d.txt", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "-r f%d.txt\na==1\n", (i+1)%n)}
	}
	c := counter{repo, map[string]int{}}
	if _, err := ecosystem().Extract(c, "requirements/f0.txt"); err != nil {
		t.Fatal(err)
	}
	for name, count := range c.opened {
		if count > 6 { // stat and read, by the reader, by the graph, and as a folder
			t.Errorf("%s was opened %d times", name, count)
		}
	}
}

// TestIncluders: a file is governed by the indexes of whatever includes it, over other files, too.
func TestIncluders(t *testing.T) {
	repo := fstest.MapFS{
		"requirements/base.txt": {Data: []byte("a==1")},
		"requirements/mid.in":   {Data: []byte("-r base.txt")},
		"requirements.txt":      {Data: []byte("-c requirements/mid.in\n--extra-index-url https://ok.example/simple")},
		"requirements-2.txt":    {Data: []byte("-i https://evil.example/simple\n-r https://h/requirements/base.txt")}, // includes something else
		"requirements-3.txt":    {Data: []byte("\xff\xfe-\x00r\x00")},
	}
	deps, err := ecosystem().Extract(repo, "requirements/base.txt")
	if err != nil || len(deps) != 1 {
		t.Fatal(deps, err)
	}
	if got, want := deps[0].Package.Index, "https://pypi.org/simple\nhttps://ok.example/simple"; got != want {
		t.Errorf("index %q, want %q", got, want)
	}
}
