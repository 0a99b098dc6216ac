package semver

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems/version"
)

func TestRange(t *testing.T) {
	for _, c := range []struct{ text, to, want string }{ // want "" for a range that is not moved
		{"~1.2", "1.2.9", "~1.2"},
		{"~1.2", "1.3.1", "~1.3"},
		{"~1.2.3", "1.3.1", "~1.3.1"},
		{"~> 1.2.3", "2.0.1", "~> 2.0.1"},
		{"^1", "1.9.9", "^1"},
		{"^1", "2.3.4", "^2"},
		{"^1.2.3", "2.3.4", "^2.3.4"},
		{"^0.2.3", "0.3.4", "^0.3.4"},
		{"^v1.2", "v2.3.4", "^v2.3"},
		{"1.x", "2.3.4", "2.x"},
		{"1.x.x", "2.3.4", "2.x.x"},
		{"1.2.*", "1.3.4", "1.3.*"},
		{"4.1.X", "5.0.2", "5.0.X"},
		{"1.2", "1.2.9", "1.2"},
		{"1.2", "1.3.0", "1.3"},
		{"= 1.2.3", "1.2.4", "= 1.2.4"},
		{" 1.2.3 ", "1.2.4", " 1.2.4 "},
		{"*", "9.9.9", "*"},
		{">=1.2.0", "9.9.9", ">=1.2.0"},
		{">=1.2.0 <2.0.0", "2.3.4", ">=2.3.4 <3.0.0"},
		{">= 1.2, < 2", "2.3.4", ">= 2.3, < 3"},
		{">=1.2.0 <1.3.0-0", "1.4.5", ">=1.4.5 <1.5.0-0"},
		{">=1.2.0 <1.9.0", "2.3.4", ""},
		{"<2.0.0", "2.3.4", ""},
		{"1.2 - 1.4", "2.3.4", ""},
		{"^1 || ^2", "3.0.0", ""},
		{"^1.2.3", "2.0.0-rc.1", ""},
		{"1.2.3-0", "2.0.0", ""},
	} {
		r, err := ParseRange(c.text)
		if err != nil {
			t.Fatal(c.text, err)
		}
		v, _ := Parse(c.to)
		if got, err := r.Move(v); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q to %s: %q, %v; want %q", c.text, c.to, got, err, c.want)
		}
	}
	for _, text := range []string{"", "x y", "latest", "{{ .x }}", "^", ">=", "1.2.3.4", string(make([]byte, 300))} {
		if r, err := ParseRange(text); err == nil {
			t.Errorf("%q is a range: %v", text, r)
		}
	}
}

func TestParse(t *testing.T) {
	order := []string{"0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "v1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0", "1.0.1+x", "v1.2.0", "2"}
	for n, text := range order {
		v, ok := Parse(text)
		if !ok || v.Track != "" || v.Text != text {
			t.Fatalf("%s: %+v, %t", text, v, ok)
		}
		if n == 0 {
			continue
		}
		if before, _ := Parse(order[n-1]); version.Compare(before, v) >= 0 {
			t.Errorf("%s is not below %s", order[n-1], text)
		}
	}
	for _, text := range []string{"", "v", "latest", "1.2.3.4", "1.2.x", "99999999999999999999.0.0", string(make([]byte, 300))} {
		if v, ok := Parse(text); ok {
			t.Errorf("%q is a version: %+v", text, v)
		}
	}
}

// A range that was moved has the version inside, and its shape.
func TestMoveProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(0, 30)
		n := func() int { return number.Draw(t, "number") }
		shapes := []string{
			fmt.Sprintf("^%d.%d.%d", n(), n(), n()), fmt.Sprintf("~%d.%d", n(), n()), fmt.Sprintf("%d.x", n()), fmt.Sprintf("%d.%d.*", n(), n()),
			fmt.Sprintf("^ %d", n()), fmt.Sprintf("%d.%d", n(), n()), fmt.Sprintf("~%d.%d.%d", n(), n(), n()), fmt.Sprintf("=v%d.%d.%d", n(), n(), n()),
		}
		text := rapid.SampledFrom(shapes).Draw(t, "range")
		r, err := ParseRange(text)
		if err != nil {
			t.Fatal(text, err)
		}
		v, _ := Parse(fmt.Sprintf("%d.%d.%d", n(), n(), n()))
		moved, err := r.Move(v)
		if err != nil {
			t.Fatalf("%q to %s: %v", text, v, err)
		}
		again, err := ParseRange(moved)
		if err != nil || !again.Admits(v) || r.Admits(v) && moved != text {
			t.Fatalf("%q to %s became %q: %v", text, v, moved, err)
		}
	})
}

func FuzzRange(f *testing.F) {
	f.Add("^1.2.3", "2.0.0")
	f.Add(">=1.2 <2", "9.8.7")
	f.Fuzz(func(t *testing.T, text, to string) {
		r, err := ParseRange(text)
		v, ok := Parse(to)
		if err != nil || !ok {
			return
		}
		if moved, err := r.Move(v); err == nil {
			if again, err := ParseRange(moved); err != nil || !again.Admits(v) {
				t.Errorf("%q to %q became %q: %v", text, to, moved, err)
			}
		}
	})
}
