package advisory

import (
	"slices"
	"strings"

	cvss20 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss40 "github.com/pandatix/go-cvss/40"
)

// severities are the words in ascending order (CVSS v4.0 specification, "Qualitative Severity Rating Scale").
var severities = []string{"", "LOW", "MEDIUM", "HIGH", "CRITICAL"}

// A grade is a severity: a word and, if it was computed from a vector, its score.
type grade struct {
	word  string
	score float64
}

// severity returns the worst severity that a record has for a package. The word
// of the database is used only if there is no vector.
func (r *Record) severity(pkg Package) grade {
	var worst grade
	scores := r.Severity
	for _, a := range r.Affected {
		if a.Package.key() == pkg.key() {
			// With this capacity, append does not write into the record.
			scores = append(scores[:len(scores):len(scores)], a.Severity...)
		}
	}
	for _, s := range scores {
		if n := base(s.Score); n > worst.score {
			worst = grade{wordFor(n), n}
		}
	}
	// A vector is more precise than the word of a database, and comparable.
	if worst.word == "" {
		word, _ := r.Database.Severity.(string)
		worst.word = wordOf(word)
	}
	return worst
}

// worse returns the worse of two severities.
func worse(word string, score float64, g grade) (string, float64) {
	if place(g.word) > place(word) || g.word == word && g.score > score {
		return g.word, g.score
	}
	return word, score
}

func place(word string) int { return max(slices.Index(severities, word), 0) }

// wordOf converts the word of a database to one of severities; GitHub writes MODERATE for MEDIUM.
func wordOf(text string) string {
	text = strings.ToUpper(text)
	if text == "MODERATE" {
		return "MEDIUM"
	}
	return severities[place(text)]
}

func wordFor(score float64) string {
	switch {
	case score >= 9:
		return "CRITICAL"
	case score >= 7:
		return "HIGH"
	case score >= 4:
		return "MEDIUM"
	case score > 0:
		return "LOW"
	}
	return ""
}

// base returns the base score of a vector (https://www.first.org/cvss/), 0 for any other text.
func base(vector string) float64 {
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		if v, err := cvss40.ParseVector(vector); err == nil {
			return v.Score()
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		if v, err := cvss31.ParseVector(vector); err == nil {
			return v.BaseScore()
		}
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		if v, err := cvss30.ParseVector(vector); err == nil {
			return v.BaseScore()
		}
	case strings.Contains(vector, "AV:"):
		if v, err := cvss20.ParseVector(vector); err == nil {
			return v.BaseScore()
		}
	}
	return 0
}
