package pep508

import (
	"errors"
	"slices"
	"strings"
)

var errMarker = errors.New("the environment marker behind the semicolon is not readable")

// variables are the variables of markers (PEP 508, "Environment Markers", with
// the old spellings that pypa/packaging accepts, and those of PEP 751).
const variables = " python_version python_full_version os_name os.name sys_platform sys.platform platform_version platform.version" +
	" platform_machine platform.machine platform_release platform_system platform_python_implementation platform.python_implementation" +
	" python_implementation implementation_name implementation_version extra extras dependency_groups "

// A Marker is an environment marker in postfix order: comparisons, and "and" and
// "or" for the two results before them. The empty marker always holds.
type Marker []comparison

// A comparison compares two variables or strings; or it is an "and" or "or" of a marker.
type comparison struct {
	left, right operand
	operator    string // "==", "not in", …, or "and" and "or" without operands
}

// An operand is a string, or the name of a variable.
type operand struct {
	text     string
	variable bool
}

// ParseMarker parses the marker after a semicolon. As for pip, an empty text is no marker.
func ParseMarker(text string) (Marker, error) {
	m := markerParser{parser: parser{text, 0}}
	if m.space(); m.i == len(text) {
		return nil, nil
	}
	if !m.alternatives() || m.i < len(text) {
		return nil, errMarker
	}
	return m.out, nil
}

// A markerParser reads a marker from left to right.
type markerParser struct {
	parser
	out   Marker
	stack []string // "and", "or" and "(" whose right side is not complete
}

// alternatives reads comparisons and groups joined by "and" and "or". It uses an
// explicit stack, so that deep nesting cannot exhaust that of the program.
func (m *markerParser) alternatives() bool {
	depth := 0
	for {
		for m.space(); m.take("("); m.space() {
			m.stack = append(m.stack, "(")
			depth++
		}
		if !m.comparison() {
			return false
		}
		for m.space(); depth > 0 && m.take(")"); m.space() {
			m.pop("and", "or")
			m.stack = m.stack[:len(m.stack)-1]
			depth--
		}
		switch {
		case m.word("and"):
			m.pop("and")
			m.stack = append(m.stack, "and")
		case m.word("or"):
			m.pop("and", "or")
			m.stack = append(m.stack, "or")
		default:
			m.pop("and", "or")
			return depth == 0
		}
	}
}

// pop moves the operators in joints from the top of the stack to the output.
func (m *markerParser) pop(joints ...string) {
	for n := len(m.stack); n > 0 && slices.Contains(joints, m.stack[n-1]); n-- {
		m.out = append(m.out, comparison{operator: m.stack[n-1]})
		m.stack = m.stack[:n-1]
	}
}

func (m *markerParser) comparison() bool {
	var c comparison
	var ok bool
	if c.left, ok = m.operand(); !ok {
		return false
	}
	if c.operator = m.operator(); c.operator == "" {
		return false
	}
	c.right, ok = m.operand()
	m.out = append(m.out, c)
	return ok
}

func (m *markerParser) operator() string {
	m.space()
	for _, op := range []string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} { // each before its prefixes
		if m.take(op) {
			return op
		}
	}
	not := m.word("not")
	m.space()
	switch {
	case !m.word("in"):
		return ""
	case not:
		return "not in"
	}
	return "in"
}

// operand reads a variable or a string in quotes.
func (m *markerParser) operand() (operand, bool) {
	m.space()
	rest := m.s[m.i:]
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return operand{}, false
		}
		m.i += end + 2
		return operand{text: rest[1 : 1+end]}, true
	}
	n := 0
	for n < len(rest) && (isAlphanumeric(rest[n]) || rest[n] == '_' || rest[n] == '.') {
		n++
	}
	m.i += n
	return operand{rest[:n], true}, n > 0 && strings.Contains(variables, " "+rest[:n]+" ")
}

// word consumes w if it is the next whole word.
func (m *markerParser) word(w string) bool {
	// The word has to end here, but needs no space after it: pypa/packaging reads "'a'or('b'…" too.
	if rest := strings.TrimPrefix(m.s[m.i:], w); rest != "" && isAlphanumeric(rest[0]) {
		return false
	}
	return m.take(w)
}
