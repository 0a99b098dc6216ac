package forgetest

import (
	"testing"
	"unicode/utf8"
)

func TestMergeText(t *testing.T) {
	const base = "1\n2\n3\n4\n5\n"
	for _, tt := range []struct{ name, was, ours, theirs, want string }{
		{"equal changes", base, "1\nx\n3\n4\n5\n", "1\nx\n3\n4\n5\n", "1\nx\n3\n4\n5\n"},
		{"first and last", base, "x\n2\n3\n4\n5\n", "1\n2\n3\n4\ny\n", "x\n2\n3\n4\ny\n"},
		{"no line end", "1\n2\n3", "x\n2\n3", "1\n2\ny", "x\n2\ny"},
		{"add and remove apart", base, "0\n1\n2\n3\n4\n5\n", "1\n2\n3\n5\n", "0\n1\n2\n3\n5\n"},
		{"from nothing", "", "a\n", "a\n", "a\n"},
		{"the same line", base, "1\nx\n3\n4\n5\n", "1\ny\n3\n4\n5\n", "!"},
		{"lines that touch", base, "1\nx\n3\n4\n5\n", "1\n2\ny\n4\n5\n", "!"},
		{"both at the end", base, base + "a\n", base + "b\n", "!"},
		{"changed and removed", base, "1\nx\n3\n4\n5\n", "", "!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, way := range [][2]string{{tt.ours, tt.theirs}, {tt.theirs, tt.ours}} {
				got, ok := mergeText(tt.was, way[0], way[1])
				if !ok {
					got = "!"
				}
				if got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// If only one side has changed, the result is that side, in either order of the sides.
func FuzzMergeText(f *testing.F) {
	f.Add("1\n2\n3\n", "x\n2\n3\n", "1\n2\ny")
	f.Add("", "a", "b\n")
	f.Fuzz(func(t *testing.T, was, ours, theirs string) {
		if !utf8.ValidString(was) || !utf8.ValidString(ours) || !utf8.ValidString(theirs) {
			t.Skip("text only")
		}
		if got, ok := mergeText(was, ours, was); !ok || got != ours {
			t.Errorf("one side: %q, %t", got, ok)
		}
		a, okA := mergeText(was, ours, theirs)
		b, okB := mergeText(was, theirs, ours)
		if okA != okB || a != b {
			t.Errorf("two ways: %q %t, %q %t", a, okA, b, okB)
		}
	})
}
