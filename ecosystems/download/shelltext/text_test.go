package shelltext

import (
	"slices"
	"strings"
	"testing"

	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

func TestExpand(t *testing.T) {
	vars := map[string][]string{"V": {"1.82.0"}, "T": {"v1.2.3"}, "A": {"amd64", "arm64"}, "P": {"3.12.0rc1"}, "N": {"$V-x"}, "L": {"$L"}, "E": {""}}
	scope := Scope{}
	for name, values := range vars {
		for _, v := range values {
			scope[name] = append(scope[name], (&Literal{Name: name, Value: Placed(v, 0)}).Text())
		}
	}
	for _, c := range []struct{ in, want string }{
		{"a-$V.tar", "a-1.82.0.tar"}, {"a-${V}.tar", "a-1.82.0.tar"}, {`"a"'b'\"`, `ab"`}, {"${V//./_}", "1_82_0"}, {"${V/./_}", "1_82.0"}, {"${V%.*}", "1.82"}, {"${V%%.*}", "1"},
		{"${T#v}", "1.2.3"}, {"${V#v}", "1.82.0"}, {"${P%%[a-z]*}", "3.12.0"}, {"${A}", "amd64 arm64"}, {"$A/$V", "amd64/1.82.0 arm64/1.82.0"}, {"${X:-$V}", "1.82.0"}, {"${V:-2}", "1.82.0"},
		{"$X", "?"}, {"$(x y (z))-1", "?-1"}, {"`x`1", "?1"}, {"${X}", "?"}, {"${V:0:1}", "?"}, {"${V^^}", "?"}, {"$N", "1.82.0-x"}, {"${E}", ""}, {"${E:+1}", "1"}, {"${X:+1}", ""},
		{"$env:V", "1.82.0"}, {"${env:V}.zip", "1.82.0.zip"}, {"%V%/%X%", "1.82.0/%X%"}, {"$L", "?"}, {"${", "?"}, {"$", "$"}, {"${V//[/x}", "1.82.0"}, {"a%20b", "a%20b"}, {"${V##*.}", "0"},
	} {
		var got []string
		for _, v := range NewExpander(scope).Expand(Placed(c.in, 100)) {
			got = append(got, strings.ReplaceAll(v.S, source.Open, "?"))
			if len(v.At) != len(v.S) {
				t.Errorf("%s: %d places for %d bytes", c.in, len(v.At), len(v.S))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("expand(%s) = %q, want %q", c.in, got, c.want)
		}
	}
	many := NewExpander(scope).Expand(Placed(strings.Repeat("$A", 100), 0))
	if len(many) > maxValues {
		t.Errorf("%d values", len(many))
	}
	if v := NewExpander(scope).Expand(Placed("x-$V", 0))[0]; !slices.Equal(v.At, []int{0, 1, 0, 1, 2, 3, 4, 5}) {
		t.Errorf("places %v", v.At)
	}
}
