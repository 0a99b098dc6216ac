package checktest

import (
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/check"
)

// Files returns a repository: path, text, path, text, …
func Files(list ...string) check.Surroundings {
	repo := fstest.MapFS{}
	for i := 0; i+1 < len(list); i += 2 {
		repo[list[i]] = &fstest.MapFile{Data: []byte(list[i+1])}
	}
	return check.Surroundings{Repo: repo}
}
