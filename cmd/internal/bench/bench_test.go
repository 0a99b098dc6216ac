// Package bench holds no code, only benchmarks of the whole program: requests,
// seconds and memory of one run as a process, against local servers; and the
// budget of memory for a published version.
package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
)

// A load is a tree of files and what is published of the packages in it. The
// packages are a third each of images, Python projects and Go modules, all of
// which have something newer in and beyond their line; or as mixed says.
type load struct {
	name         string
	dependencies int
	packages     int
	files        int
	latency      time.Duration
	mixed        bool // a small service: of 55 packages 11 modules, 30 projects and 14 images, half of these on floating tags, half of all current
	modules      bool // Go modules only, half of them current
}

// TestMain also serves as a launcher: the peak of memory that the system counts
// for a process includes that of the one that started it, so a small one does.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "launch" {
		os.Exit(m.Run())
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "peak %d", cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
}

// BenchmarkOutdated prints, for each load: requests sent (cold and again), the
// floor (one listing for each package), seconds and the peak of memory.
func BenchmarkOutdated(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "freshpin")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../../freshpin").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, l := range []load{
		{"1-dependency-20ms", 1, 1, 1, 20 * time.Millisecond, false, false},
		{"100-dependencies-20ms", 100, 100, 4, 20 * time.Millisecond, false, false},
		{"2000-dependencies-20ms", 2000, 700, 40, 20 * time.Millisecond, false, false},
		{"55-dependencies-4-files", 55, 55, 4, 0, false, false},
		{"55-dependencies-4-files-mixed", 55, 55, 4, 0, true, false},
		{"1450-dependencies-200-files", 1450, 70, 200, 0, false, false},
		{"100-go-requirements", 100, 100, 1, 0, false, true},
	} {
		b.Run(l.name, func(b *testing.B) {
			for b.Loop() {
				l.run(b, binary)
			}
		})
	}
}

// run makes the load, runs the program twice and reports.
func (l load) run(b *testing.B, binary string) {
	dir := b.TempDir()
	w, err := world.Parse(l.releases())
	if err != nil {
		b.Fatal(err)
	}
	w.Latency, w.Images.PageSize = l.latency, 0
	env := append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "GOTOOLCHAIN=local")
	for name, value := range w.Start() {
		env = append(env, name+"="+value)
	}
	defer w.Stop()
	tree := filepath.Join(dir, "tree")
	for name, text := range l.tree() {
		file := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	cold := measure(b, binary, tree, env)
	again := measure(b, binary, tree, env)
	if cold.dependencies != l.dependencies {
		b.Errorf("%d dependencies, want %d", cold.dependencies, l.dependencies)
	}
	b.ReportMetric(float64(l.packages), "floor")
	b.ReportMetric(float64(cold.sent), "requests")
	b.ReportMetric(float64(cold.sent)/float64(l.packages), "requests/package")
	b.ReportMetric(float64(again.sent), "requests-again")
	b.ReportMetric(cold.took.Seconds(), "s-cold")
	b.ReportMetric(again.took.Seconds(), "s-again")
	b.ReportMetric(float64(cold.peak)/1024, "MB")
}

// A figure is what one run cost.
type figure struct {
	dependencies, sent int
	took               time.Duration
	peak               int64 // of memory, in KB
}

func measure(b *testing.B, binary, dir string, env []string) figure {
	cmd := exec.Command(os.Args[0], "launch", binary, "outdated", "--format", "json", "--as-of", "2026-11-23", ".")
	cmd.Dir, cmd.Env = dir, env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if err != nil {
		b.Fatalf("%v\n%s\n%s", err, &stderr, out[:min(len(out), 4000)])
	}
	var doc struct {
		Summary  struct{ Dependencies, Failed int }
		Requests struct{ Sent int }
	}
	if err := json.Unmarshal(out, &doc); err != nil || doc.Summary.Failed > 0 {
		b.Fatalf("%v, %d failed", err, doc.Summary.Failed)
	}
	var peak int64
	if _, err := fmt.Sscanf(stderr.String(), "peak %d", &peak); err != nil {
		b.Fatalf("%v: %s", err, &stderr)
	}
	return figure{doc.Summary.Dependencies, doc.Requests.Sent, took, peak}
}

// kind tells which of the three a package is: 0 image, 1 project, 2 module.
func (l load) kind(n int) int {
	switch {
	case l.modules:
		return 2
	case !l.mixed:
		return n % 3
	case n < 11:
		return 2
	case n < 41:
		return 1
	}
	return 0
}

// pin is the version in use of a package: an old one, the newest, or for images a floating tag.
func (l load) pin(n int) string {
	switch {
	case !l.mixed && !l.modules || n%2 == 0:
		return "1.4.0"
	case l.kind(n) == 0:
		return "1.4"
	}
	return "1.5.0"
}

func (l load) releases() string {
	var b strings.Builder
	for n := range l.packages {
		switch l.kind(n) {
		case 0:
			fmt.Fprintf(&b, "image library/p%d 1.4 1.5", n)
			for minor := range 20 {
				for patch := range 10 {
					fmt.Fprintf(&b, " 1.%d.%d@2020-01-02 1.%d.%d-alpine", minor, patch, minor, patch)
				}
			}
		case 1:
			fmt.Fprintf(&b, "pypi p%d 1.4.0@2020-01-01 1.4.2@2020-02-01 1.5.0@2020-03-01 2.0.0@2021-01-01", n)
		case 2:
			fmt.Fprintf(&b, "go example.com/p%d v1.4.0@2020-01-01 v1.4.2@2020-02-01 v1.5.0@2020-03-01%s", n, goLine(n))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// goLine is the word for the go line of a module: of 330 requirements of real
// projects half had one of the last two years, and one in seven none.
func goLine(n int) string {
	switch n % 14 {
	case 0, 1, 2, 3, 4, 5, 6:
		return " go=1.26"
	case 13, 12:
		return ""
	}
	return " go=1.18"
}

// tree spreads the dependencies over the files, by turns a Dockerfile, a
// requirements file and a go.mod, so that each kind of package has its files.
func (l load) tree() map[string]string {
	files := map[string]string{}
	for n := range l.dependencies {
		p := n % l.packages
		at := n % max(1, l.files/3)
		if l.files < 3 {
			at = 0
		}
		switch l.kind(p) {
		case 0:
			files[fmt.Sprintf("%d/Dockerfile", at)] += fmt.Sprintf("FROM p%d:%s\n", p, l.pin(p))
		case 1:
			files[fmt.Sprintf("%d/requirements.txt", at)] += fmt.Sprintf("p%d==%s\n", p, l.pin(p))
		case 2:
			name := fmt.Sprintf("%d/go.mod", at)
			if files[name] == "" {
				files[name] = fmt.Sprintf("module example.com/m%d\n", at)
			}
			files[name] += fmt.Sprintf("require example.com/p%d v%s\n", p, l.pin(p))
		}
	}
	return files
}
