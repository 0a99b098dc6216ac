package report

import "testing"

func TestPlain(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\x1b[2J\x1b]0;owned\a evil", "[2J]0;owned evil"},
		{"1.0\u202e0.2", "1.00.2"}, // an override of the direction of writing
		{"a\r\nfreshpin: all is well\tb", "a freshpin: all is well b"},
		{"\u009b31m 1.0 \xff", "31m 1.0 \ufffd"},
		{"naïve – ≥1.0 日本", "naïve – ≥1.0 日本"},
	} {
		if got := Plain(c.text); got != c.want {
			t.Errorf("Plain(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
