package requirements

import (
	"errors"
	"strings"
)

var errMarker = errors.New("the environment marker behind the semicolon is not readable")

// variables are what a marker can compare (PEP 508, "Environment Markers", with
// the old spellings that packaging still takes, and PEP 751's).
const variables = " python_version python_full_version os_name os.name sys_platform sys.platform platform_version platform.version" +
	" platform_machine platform.machine platform_release platform_system platform_python_implementation platform.python_implementation" +
	" python_implementation implementation_name implementation_version extra extras dependency_groups "

// A marker is read from left to right.
type marker struct{ parser }

// checkMarker checks the form of the marker after a semicolon; pip takes an empty one for none.
func checkMarker(text string) error {
	m := marker{parser{text, 0}}
	if m.space(); m.i == len(text) {
		return nil
	}
	if !m.alternatives() || m.i < len(text) {
		return errMarker
	}
	return nil
}

// alternatives reads comparisons and groups with "and" and "or" between them.
// Groups are counted, not followed, so that no text is nested too deeply to read.
func (m *marker) alternatives() bool {
	depth := 0
	for {
		for m.space(); m.take("("); m.space() {
			depth++
		}
		if !m.comparison() {
			return false
		}
		for m.space(); depth > 0 && m.take(")"); m.space() {
			depth--
		}
		if !m.word("and") && !m.word("or") {
			return depth == 0
		}
	}
}

func (m *marker) comparison() bool {
	if !m.operand() {
		return false
	}
	m.space()
	for _, op := range []string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} {
		if m.take(op) {
			return m.operand()
		}
	}
	if m.word("not") {
		m.space()
	}
	return m.word("in") && m.operand()
}

// operand reads a variable or a string in quotes.
func (m *marker) operand() bool {
	m.space()
	rest := m.s[m.i:]
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		end := strings.IndexByte(rest[1:], rest[0])
		m.i += end + 2
		return end >= 0
	}
	n := 0
	for n < len(rest) && (isAlphanumeric(rest[n]) || rest[n] == '_' || rest[n] == '.') {
		n++
	}
	m.i += n
	return n > 0 && strings.Contains(variables, " "+rest[:n]+" ")
}

// word takes a whole word.
func (m *marker) word(w string) bool {
	rest := m.s[m.i:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && isAlphanumeric(rest[len(w)]) {
		return false
	}
	m.i += len(w)
	return true
}
