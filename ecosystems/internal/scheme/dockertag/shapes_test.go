package dockertag

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// TestShapes holds real tags against what they mean.
func TestShapes(t *testing.T) {
	data, err := os.ReadFile("testdata/shapes.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		rows++
		tag, want, _ := strings.Cut(line, "\t")
		if got := read(Parse(tag)); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	if rows < 150 {
		t.Errorf("%d rows", rows)
	}
}

// read writes a version as a row of shapes.txt.
func read(v version.Version) string {
	if v.IsName() {
		return "name"
	}
	var release, builds []string
	for _, n := range v.Release {
		release = append(release, fmt.Sprint(n))
	}
	for _, part := range v.Order[1:] {
		builds = append(builds, fmt.Sprint(part.N))
	}
	row := v.Track + "\t" + strings.Join(release, ".") + "\t" + strings.Join(builds, ",")
	if v.Pre {
		row += fmt.Sprintf("\tpre:%d.%d", v.Order[0].Class, v.Order[0].N)
	}
	return strings.TrimRight(row, "\t")
}
