package rules

import (
	"io/fs"
	"testing"

	"github.com/freshpin/freshpin/updater/check"
)

// BenchmarkCorpus judges real Dockerfiles without facts (FRESHPIN_CORPUS=FOLDER).
func BenchmarkCorpus(b *testing.B) {
	type file struct {
		repo      fs.FS
		name, src string
	}
	var files []file
	corpus(b, func(repo fs.FS, name, src string) { files = append(files, file{repo, name, src}) })
	all := All()
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			d := check.NewDocker(f.name, f.src, check.Surroundings{Repo: f.repo, Digests: true})
			check.Judge(all, []check.Unit{{Docker: d}}, nil, check.Settings{Strict: true})
		}
	}
	b.ReportMetric(float64(len(files)), "files/op")
}
