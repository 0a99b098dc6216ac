package ecosystemtest

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
)

// CorpusVariable is the environment variable with the folder of real manifests
// that Corpus reads. It has one folder for each repository.
const CorpusVariable = "FRESHPIN_CORPUS"

// Corpus runs EditsIn on real manifests, each in its own repository. It skips the
// test if CorpusVariable is not set.
func Corpus(t *testing.T, eco ecosystems.Ecosystem, target func(ecosystems.Dependency) ecosystems.Target) {
	root := os.Getenv(CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", CorpusVariable)
	}
	repos, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	manifests := 0
	for _, repo := range repos {
		files := texts(t, os.DirFS(path.Join(root, repo.Name())))
		for name := range files {
			if eco.Match(name) {
				manifests++
				EditsIn(t, eco, files, name, target)
			}
		}
	}
	t.Logf("%d manifests in %d repositories", manifests, len(repos))
}

// texts returns the contents of all files of a tree, by path.
func texts(t *testing.T, tree fs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(name, ".git/") {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
