package python

import (
	"testing"
)

func TestRunsOn(t *testing.T) {
	for _, c := range []struct {
		requires, python string
		want             bool
	}{
		{"", "3.11", true},
		{">=3.8", "", true},
		{">=3.8", "3.7", false},
		{">=3.8", "3.8", true},
		{">=3.8.1", "3.8", true}, // some 3.8.x
		{">=3.8.1", "3.8.0", false},
		{"<3.11", "3.11", false},
		{"<=3.11", "3.11", true}, // 3.11.0 alone
		{"!=3.11.*", "3.11", false},
		{">=2.7, !=3.0.*, !=3.1.*, <4", "3.1", false},
		{">=3.6.*", "3.5", false}, // not PEP 440 any more, but published
		{">=3.6.*", "3.6", true},
		{"~=3.6", "3.12", true},
		{"no version", "3.6", true},
		{">=3.9 || <3.7", "3.6", true},
		{">=3.9 || <3.7", "3.8", false},
		{">=3", "3", true},
		{"<3", "3", false},
	} {
		if got := RunsOn(c.requires, c.python); got != c.want {
			t.Errorf("RunsOn(%q, %q) = %t, want %t", c.requires, c.python, got, c.want)
		}
	}
}

func TestLowest(t *testing.T) {
	for specifiers, want := range map[string]string{
		">= 3.6, != 3.0.*, != 3.1.*": "3.6", "< 3.12": "", "<4, >= 3.7.2": "3.7", "^3.8": "3.8", "~3.8": "3.8", "3.9.*": "3.9", "==3.11.*": "3.11",
		">=3.8 || ^2.7": "2.7", ">=3": "", "*": "", ">3.6": "", "~=3.10.4": "3.10",
	} {
		if got := lowest(specifiers); got != want {
			t.Errorf("lowest(%q) = %q, want %q", specifiers, got, want)
		}
	}
}
