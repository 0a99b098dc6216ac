package requirements

import (
	"errors"
	"slices"
	"strings"
)

var errMarker = errors.New("the environment marker behind the semicolon is not readable")

// variables are what a marker can compare (PEP 508, "Environment Markers", with
// the old spellings that packaging still takes, and PEP 751's).
const variables = " python_version python_full_version os_name os.name sys_platform sys.platform platform_version platform.version" +
	" platform_machine platform.machine platform_release platform_system platform_python_implementation platform.python_implementation" +
	" python_implementation implementation_name implementation_version extra extras dependency_groups "

// A marker is an environment marker in postfix order: a comparison, or an "and"
// or "or" of the two results before it. The empty one holds everywhere.
type marker []comparison

// A comparison is one of a variable with a string, or of two of either; or a joint.
type comparison struct {
	left, right operand
	operator    string // "==", "not in", …, or "and" and "or" for a joint
}

// An operand is a string, or the name of a variable.
type operand struct {
	text     string
	variable bool
}

// parseMarker reads the marker after a semicolon; pip takes an empty one for none.
func parseMarker(text string) (marker, error) {
	m := markerParser{parser: parser{text, 0}}
	if m.space(); m.i == len(text) {
		return nil, nil
	}
	if !m.alternatives() || m.i < len(text) {
		return nil, errMarker
	}
	return m.out, nil
}

// checkMarker checks the form of a marker.
func checkMarker(text string) error {
	_, err := parseMarker(text)
	return err
}

// A markerParser reads a marker from left to right.
type markerParser struct {
	parser
	out   marker
	stack []string // joints and open groups that wait for their right side
}

// alternatives reads comparisons and groups with "and" and "or" between them.
// Groups wait on a stack of our own, so that no text is nested too deeply to read.
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

// pop moves the joints on top of the stack to the output, as far as they are among those named.
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
	for _, op := range []string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} {
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

// word takes a whole word.
func (m *markerParser) word(w string) bool {
	rest := m.s[m.i:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && isAlphanumeric(rest[len(w)]) {
		return false
	}
	m.i += len(w)
	return true
}
