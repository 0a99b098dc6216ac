package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// longest is how much of a text an error repeats, in bytes.
const longest = 60

// quote repeats a text in an error, shortened.
func quote(text string) string {
	if len(text) <= longest {
		return fmt.Sprintf("%q", text)
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%q…", text[:cut])
}

// suggest is the hint for an unknown word, "" where none of the known ones is near.
func suggest(word string, known []string) string {
	if k := closest(word, known); k != "" {
		return fmt.Sprintf("did you mean %q?", k)
	}
	return ""
}

// closest returns the known word that is nearest to an unknown one, "" if none is near.
func closest(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	word = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	best, distance := "", 1+len(word)/3
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := edits(word, k)
		if len(word) >= 4 && strings.HasPrefix(k, word) {
			d = min(d, 1)
		}
		if d <= distance && d < len(k) && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	return best
}

// edits counts the insertions, deletions and replacements between two words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
