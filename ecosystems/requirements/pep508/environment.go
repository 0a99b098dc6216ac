package pep508

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// An Environment is an environment for markers: CPython on Linux on an x86_64
// machine. Most requirements files are installed there; conflicts that exist
// only on other systems are not found.
type Environment struct{ Python string } // "3.11.4", always three components

// The Pythons that a project may run on if nothing names one.
const (
	oldestMinor = 8
	newestMinor = 14
	lastMicro   = 99 // represents the newest release of a line, which is unknown
)

// Environments returns the environments for a Python: one for "3.11.4", those of
// the first and last release for "3.11", and those of every supported Python for
// "". A fact that holds in all of them holds wherever the project runs.
func Environments(python string) []Environment {
	v, ok := pep440.Parse(python)
	switch {
	case ok && len(v.Release) > 2:
		return []Environment{{pep440.Join(v.Release[:3])}}
	case ok && len(v.Release) == 2:
		return Minor(v.Release[0], v.Release[1])
	}
	var all []Environment
	for n := uint64(oldestMinor); n <= newestMinor; n++ {
		all = append(all, Minor(3, n)...)
	}
	return all
}

// Minor returns the environments of a release line of Python: its first release, and its newest.
func Minor(major, minor uint64) []Environment {
	return []Environment{{fmt.Sprintf("%d.%d.0", major, minor)}, {fmt.Sprintf("%d.%d.%d", major, minor, lastMicro)}}
}

// A Mask is a set of environments of a list: bit n stands for the n-th.
type Mask uint64

// Everywhere is the mask of all of n environments.
func Everywhere(n int) Mask { return 1<<n - 1 }

// Where returns the environments in which a marker holds without extras or with
// one of the extras: a release requires with extras what it requires without.
func (m Marker) Where(envs []Environment, extras []string) Mask {
	if len(m) == 0 {
		return Everywhere(len(envs))
	}
	var out Mask
	for n, e := range envs {
		if m.holds(e, "") || slices.ContainsFunc(extras, func(x string) bool { return m.holds(e, x) }) {
			out |= 1 << n
		}
	}
	return out
}

func (m Marker) holds(e Environment, extra string) bool {
	var stack []bool
	for _, c := range m {
		n := len(stack)
		switch c.operator {
		case "and":
			stack = append(stack[:n-2], stack[n-2] && stack[n-1])
		case "or":
			stack = append(stack[:n-2], stack[n-2] || stack[n-1])
		default:
			stack = append(stack, c.holds(e, extra))
		}
	}
	return stack[0]
}

// holds evaluates one comparison (PEP 508, "Environment Markers"): of versions if
// the right side is one, else of text. A comparison with an unknown variable is
// false, so that it leads to no conclusion.
func (c comparison) holds(e Environment, extra string) bool {
	left, lok := e.value(c.left, extra)
	right, rok := e.value(c.right, extra)
	if !lok || !rok {
		return false
	}
	if c.left.text == "extra" || c.right.text == "extra" {
		left, right = pypi.Normal(left), pypi.Normal(right)
	}
	switch c.operator {
	case "in":
		return strings.Contains(right, left)
	case "not in":
		return !strings.Contains(right, left)
	}
	if c.versions() {
		v, ok := pep440.Parse(left)
		if s, err := pep440.ParseSpecifiers(Lenient(c.operator + right)); ok && err == nil {
			return s.Contains(v, true)
		}
	}
	return compareText(left, c.operator, right)
}

// versions reports whether the comparison is one of versions.
func (c comparison) versions() bool {
	for _, o := range []operand{c.left, c.right} {
		if o.variable && (strings.HasPrefix(o.text, "python_") && o.text != "python_implementation" || o.text == "implementation_version") {
			return true
		}
	}
	return false
}

func compareText(left, operator, right string) bool {
	switch operator {
	case "==", "===":
		return left == right
	case "!=":
		return left != right
	case "<":
		return left < right
	case "<=":
		return left <= right
	case ">":
		return left > right
	case ">=":
		return left >= right
	}
	return false // ~= compares only versions
}

// value returns the value of an operand and whether it is known.
func (e Environment) value(o operand, extra string) (string, bool) {
	if !o.variable {
		return o.text, true
	}
	switch strings.ReplaceAll(o.text, ".", "_") {
	case "python_version":
		return e.Python[:strings.LastIndexByte(e.Python, '.')], true
	case "python_full_version", "implementation_version":
		return e.Python, true
	case "os_name":
		return "posix", true
	case "sys_platform":
		return "linux", true
	case "platform_system":
		return "Linux", true
	case "platform_machine":
		return "x86_64", true
	case "platform_python_implementation", "python_implementation":
		return "CPython", true
	case "implementation_name":
		return "cpython", true
	case "extra":
		return extra, true
	}
	return "", false
}

// Lenient returns specifiers without the invalid wildcards of old releases, such as ">=3.6.*".
func Lenient(specifiers string) string {
	if !strings.Contains(specifiers, ".*") {
		return specifiers
	}
	return wildcardPattern().ReplaceAllString(specifiers, "$1")
}

// wildcardPattern matches these wildcards.
func wildcardPattern() *regexp.Regexp { return regexp.MustCompile(`([<>]=?\s*[0-9.]*[0-9])\.\*`) }
