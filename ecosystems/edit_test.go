package ecosystems

import (
	"strings"
	"testing"
)

func span(start, end int) Span { return Span{File: "f", Start: start, End: end} }

func TestApply(t *testing.T) {
	for _, c := range []struct {
		data  string
		edits []Edit
		want  string
		err   string
	}{
		{"a 1 b 2\r\n", []Edit{{span(6, 7), "2", "20"}, {span(2, 3), "1", "10"}}, "a 10 b 20\r\n", ""},
		{"\ufeffx", nil, "\ufeffx", ""},
		{"1", []Edit{{span(0, 1), "1", "2"}, {span(0, 1), "1", "2"}}, "2", ""}, // the same edit of two dependencies
		{"ab", []Edit{{span(1, 1), "", "-"}}, "a-b", ""},
		{"1", []Edit{{span(0, 1), "1", "2"}, {span(0, 1), "1", "3"}}, "", "overlaps"},
		{"123", []Edit{{span(0, 2), "12", "x"}, {span(1, 3), "23", "y"}}, "", "overlaps"},
		{"1", []Edit{{span(0, 1), "2", "3"}}, "", `has "1", not "2"`},
		{"1", []Edit{{span(0, 2), "1", "3"}}, "", "outside"},
		{"1", []Edit{{span(-1, 1), "1", "3"}}, "", "outside"},
		{"1", []Edit{{span(1, 0), "", "3"}}, "", "outside"},
	} {
		got, err := Apply([]byte(c.data), c.edits)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("Apply(%q, %v) error %v, want %q", c.data, c.edits, err, c.err)
			}
			continue
		}
		if err != nil || string(got) != c.want {
			t.Errorf("Apply(%q, %v) = %q, %v; want %q", c.data, c.edits, got, err, c.want)
		}
	}
}

func TestPosition(t *testing.T) {
	data := []byte("ab\r\nü1\n")
	for _, c := range []struct{ offset, line, column int }{
		{0, 1, 1}, {2, 1, 3}, {4, 2, 1}, {6, 2, 3}, {8, 3, 1}, {99, 3, 1}, {-1, 1, 1},
	} {
		if line, column := Position(data, c.offset); line != c.line || column != c.column {
			t.Errorf("Position(%d) = %d:%d, want %d:%d", c.offset, line, column, c.line, c.column)
		}
	}
}
