package pep508

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An Environment is an environment for markers: CPython on Linux on an x86_64
// machine. Most requirements files are installed there; conflicts that exist
// only on other systems are not found.
type Environment struct{ Python string } // "3.11.4", always three components

// The Pythons that a project may run on if none is named.
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
	// "3" is no restriction: every supported Python is a 3.x.
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
	return m.evaluate(func(c comparison) bool { return c.holds(e, extra) })
}

// evaluate returns the value of a marker that is not empty, given those of its comparisons.
func (m Marker) evaluate(value func(comparison) bool) bool {
	var stack []bool
	for _, c := range m {
		// Both sides of an "and" or "or" are on the stack: ParseMarker accepts no
		// marker in which one is missing.
		n := len(stack)
		switch c.operator {
		case "and":
			stack = append(stack[:n-2], stack[n-2] && stack[n-1])
		case "or":
			stack = append(stack[:n-2], stack[n-2] || stack[n-1])
		default:
			stack = append(stack, value(c))
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
		// Extras are equal in any spelling (PEP 685).
		left, right = pypi.Normal(left), pypi.Normal(right)
	}
	switch c.operator {
	case "in":
		return strings.Contains(right, left)
	case "not in":
		return !strings.Contains(right, left)
	}
	if c.hasVariable("python_version", "python_full_version", "implementation_version") {
		// "platform_release >= '5'" compares text: a release of Linux is no version of PEP 440.
		v, ok := pep440.Parse(left)
		if s, err := pep440.ParseSpecifiers(Lenient(c.operator + right)); ok && err == nil {
			return s.Contains(v, true)
		}
	}
	return compareText(left, c.operator, right)
}

// hasVariable reports whether one side of a comparison is one of the variables.
func (c comparison) hasVariable(names ...string) bool {
	return c.left.variable && slices.Contains(names, c.left.text) || c.right.variable && slices.Contains(names, c.right.text)
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
	switch name := strings.ReplaceAll(o.text, ".", "_"); name {
	case "python_version":
		return e.Python[:strings.LastIndexByte(e.Python, '.')], true
	case "python_full_version", "implementation_version":
		return e.Python, true
	case "extra":
		return extra, true
	default:
		v, known := system[name]
		return v, known
	}
}

// system are the variables that are the same in all environments.
var system = map[string]string{
	"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64",
	"platform_python_implementation": "CPython", "python_implementation": "CPython", "implementation_name": "cpython",
}

// orderedWildcard matches a wildcard after an operator that allows none (PEP 440, "Inclusive ordered comparison").
var orderedWildcard = lazyregexp.New(`([<>]=?\s*[0-9.]*[0-9])\.\*`)

// Lenient returns specifiers without the invalid wildcards of old releases, such as ">=3.6.*".
func Lenient(specifiers string) string { return orderedWildcard.ReplaceAllString(specifiers, "$1") }
