package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// repositories is how many of them one pass is measured on.
const repositories = 50

// BenchmarkRun prints what a pass over repositories costs on GitHub: reads and
// writes for each (cold: two pull requests are opened in each; again: nothing
// has changed), the floor (to learn that nothing has changed takes one read),
// and repositories a minute. The stand-in answers at once.
func BenchmarkRun(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "freshpin")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../../freshpin").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for b.Loop() {
		pass(b, binary)
	}
}

func pass(b *testing.B, binary string) {
	dir := b.TempDir()
	w, err := world.Parse("image library/python 3.6.1@2017-03-29 3.6.15@2021-09-04\npypi click 6.7@2017-01-06 6.7.1@2018-01-01\n")
	if err != nil {
		b.Fatal(err)
	}
	hub := forgetest.New(filepath.Join(dir, "hub"))
	url, err := hub.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer hub.Close()
	env := append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "GITHUB_API_URL="+url, "GITHUB_TOKEN=ghs_bot")
	for name, value := range w.Start() {
		env = append(env, name+"="+value)
	}
	defer w.Stop()
	args := []string{"run", "--as-of", "2026-11-23"}
	for n := range repositories {
		name := fmt.Sprintf("acme/shop-%d", n)
		files := map[string]forgetest.File{"Dockerfile": {Data: []byte("FROM python:3.6.1\n")}, "requirements.txt": {Data: []byte("click==6.7\n")}}
		if err := hub.AddRepo(name, files, forgetest.Options{}); err != nil {
			b.Fatal(err)
		}
		args = append(args, "github:"+name)
	}
	b.ReportMetric(1, "floor-reads/repository")
	for _, what := range []string{"cold", "again"} {
		hub.Reset()
		start := time.Now()
		cmd := exec.Command(binary, args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		took := time.Since(start)
		reads, writes := 0, 0
		for _, r := range hub.Requests() {
			if strings.EqualFold(r.Method, "get") {
				reads++
			} else {
				writes++
			}
		}
		b.ReportMetric(float64(reads)/repositories, what+"-reads/repository")
		b.ReportMetric(float64(writes)/repositories, what+"-writes/repository")
		b.ReportMetric(repositories/took.Minutes(), what+"-repositories/min")
	}
}
