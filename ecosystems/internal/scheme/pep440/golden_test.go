package pep440

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// golden is what testdata/golden.py wrote: the answers of pypa/packaging.
type golden struct {
	Versions          [][4]any // text, rank, normal form, pre-release
	Invalid           []string
	Sample            []string
	Specifiers        [][3]string // text, which of Sample it contains, the same without pre-releases
	InvalidSpecifiers []string    `json:"invalid_specifiers"`
}

func readGolden(t *testing.T) golden {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGoldenVersions(t *testing.T) {
	g := readGolden(t)
	type ranked struct {
		v    version.Version
		rank int
	}
	var all []ranked
	for _, row := range g.Versions {
		text, normal := row[0].(string), row[2].(string)
		v, ok := Parse(text)
		if !ok || v.Text != normal || v.Pre != row[3].(bool) {
			t.Errorf("Parse(%q) = %q, %t, pre-release %t; want %q, true, %t", text, v.Text, ok, v.Pre, normal, row[3])
		}
		all = append(all, ranked{v, int(row[1].(float64))})
	}
	for i, a := range all {
		for _, b := range all[i:] {
			if got, want := sign(version.Compare(a.v, b.v)), sign(a.rank-b.rank); got != want {
				t.Fatalf("Compare(%s, %s) = %d, want %d", a.v, b.v, got, want)
			}
		}
	}
	for _, text := range g.Invalid {
		if v, ok := Parse(text); ok {
			t.Errorf("Parse(%q) = %s, want none", text, v)
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func TestGoldenSpecifiers(t *testing.T) {
	g := readGolden(t)
	for _, row := range g.Specifiers {
		s, err := ParseSpecifiers(row[0])
		if err != nil {
			t.Error(err)
			continue
		}
		for i, text := range g.Sample {
			v, _ := Parse(text)
			for n, pre := range []bool{true, false} {
				if got, want := s.Contains(v, pre), row[1+n][i] == '1'; got != want {
					t.Errorf("%q contains %s (pre-releases %t) = %t, want %t", row[0], text, pre, got, want)
				}
			}
		}
	}
	for _, text := range g.InvalidSpecifiers {
		if s, err := ParseSpecifiers(text); err == nil {
			t.Errorf("ParseSpecifiers(%q) = %v, want an error", text, s)
		}
	}
}
