package dockertag

import "slices"

// strays recognises the tags of a former scheme that begin with a year of two
// digits, such as 20.04.1 among 4.3.9 and 4.4.0.
type strays struct {
	small  bool         // a version with a first number below 10 exists
	padded map[int]bool // first numbers that a zero-padded second one follows, as in 20.04
	plain  map[int]bool // first numbers that a single digit follows, as in 20.1
}

func (s *strays) see(words []string) {
	if len(words) < 2 {
		return
	}
	n := int(number(words[0]))
	switch {
	case len(words[0]) == 1:
		s.small = true
	case len(words[0]) == 2 && isPaddedMonth(words[1]):
		s.padded[n] = true
	case len(words[0]) == 2 && len(words[1]) == 1:
		s.plain[n] = true
	}
}

func isPaddedMonth(s string) bool { return len(s) == 2 && s[0] == '0' && s[1] != '0' }

// has reports whether numbers belong to the former scheme. October to December
// are not padded, so they count only near a year that has padded months.
func (s strays) has(words []string) bool {
	if !s.small || len(words) < 2 || len(words[0]) != 2 || len(s.padded) == 0 {
		return false
	}
	if isPaddedMonth(words[1]) {
		return true
	}
	n := int(number(words[0]))
	return slices.Contains([]string{"10", "11", "12"}, words[1]) && (s.padded[n] || s.padded[n-1] || s.padded[n+1]) && !s.plain[n]
}
