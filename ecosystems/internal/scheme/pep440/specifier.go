package pep440

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// Specifiers is a set of clauses that a version must satisfy together: ">=1.4,<1.5".
type Specifiers []Clause

// A Clause is one comparison of a set. Start and End are the bytes of its
// version text (without the wildcard) in the text that was parsed.
type Clause struct {
	Operator string          // ~= == != <= >= < > ===
	Text     string          // the version as written, without ".*"
	Wildcard bool            // ".*" follows
	Version  version.Version // zero for a === whose text is no version
	Start    int
	End      int
}

// operators returns all operators, each before its prefixes.
func operators() []string { return []string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"} }

// ParseSpecifiers reads a comma-separated set of version specifiers (PEP 440,
// "Version specifiers"). The empty text is the set that contains everything.
func ParseSpecifiers(text string) (Specifiers, error) {
	var all Specifiers
	offset := 0
	for item := range strings.SplitSeq(text, ",") {
		if trim(item) != "" { // pypa/packaging accepts ">=1,,<2" and ">=1,"
			c, err := parseClause(item)
			if err != nil {
				return nil, err
			}
			c.Start += offset
			c.End += offset
			all = append(all, c)
		}
		offset += len(item) + 1
	}
	return all, nil
}

func parseClause(item string) (Clause, error) {
	text := trim(item)
	start := strings.Index(item, text)
	for _, op := range operators() {
		after, ok := strings.CutPrefix(text, op)
		if !ok {
			continue
		}
		c := Clause{Operator: op, Text: trim(after), Start: start + len(op) + strings.Index(after, trim(after))}
		if op == "==" || op == "!=" {
			c.Text, c.Wildcard = strings.CutSuffix(c.Text, ".*")
		}
		c.End = c.Start + len(c.Text)
		if c.parse() {
			return c, nil
		}
		break
	}
	return Clause{}, fmt.Errorf("%q is not a version specifier", text)
}

// parse parses the version and reports whether the operator accepts it: a local
// label only for == and !=, no suffix before a wildcard, two components for ~=.
func (c *Clause) parse() bool {
	v, ok := Parse(c.Text)
	c.Version = v
	switch {
	case c.Operator == "===":
		// It compares text, which needs to be no version (PEP 440, "Arbitrary equality").
		return strings.IndexFunc(c.Text, isSpace) < 0
	case !ok || v.Track != "" && c.Operator != "==" && c.Operator != "!=":
		return false
	case c.Wildcard && (isSuffixed(v) || v.Track != ""):
		return false
	case c.Operator == "~=" && len(v.Release) < 2:
		return false // ~=1 has no number that may rise
	}
	return true
}

func isSpace(r rune) bool { return trim(string(r)) == "" }

func isSuffixed(v version.Version) bool {
	return v.Pre || v.Order[postAt].Class == presentPost
}

// String returns the clause in its normal spacing: "==1.4.*".
func (c Clause) String() string {
	if c.Wildcard {
		return c.Operator + c.Text + ".*"
	}
	return c.Operator + c.Text
}

// String returns the clauses as ParseSpecifiers reads them: ">=1,<2".
func (s Specifiers) String() string {
	words := make([]string, len(s))
	for i, c := range s {
		words[i] = c.String()
	}
	return strings.Join(words, ",")
}

// Exact returns the version that == (without wildcard) or === pins, if there is one.
func (s Specifiers) Exact() (version.Version, bool) {
	for _, c := range s {
		if (c.Operator == "==" && !c.Wildcard || c.Operator == "===") && !c.Version.IsZero() {
			return c.Version, true
		}
	}
	return version.Version{}, false
}

// Prereleases reports whether the set names a pre-release; pip then considers
// pre-releases without being told to.
func (s Specifiers) Prereleases() bool {
	for _, c := range s {
		if c.Version.Pre && c.Operator != "!=" {
			return true
		}
	}
	return false
}
