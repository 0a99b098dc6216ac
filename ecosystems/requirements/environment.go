package requirements

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// An environment is an environment for markers: CPython on Linux on an x86_64
// machine. Most requirements files are installed there; conflicts that exist
// only on other systems are not found.
type environment struct{ python string } // "3.11.4", always three components

// The Pythons that a project may run on if nothing names one.
const (
	oldestMinor = 8
	newestMinor = 14
	lastMicro   = 99 // represents the newest release of a line, which is unknown
)

// environments returns the environments for a Python: one for "3.11.4", those of
// the first and last release for "3.11", and those of every supported Python for
// "". A fact that holds in all of them holds wherever the project runs.
func environments(python string) []environment {
	v, ok := pep440.Parse(python)
	switch {
	case ok && len(v.Release) > 2:
		return []environment{{pep440.Join(v.Release[:3])}}
	case ok && len(v.Release) == 2:
		return minor(v.Release[0], v.Release[1])
	}
	var all []environment
	for n := uint64(oldestMinor); n <= newestMinor; n++ {
		all = append(all, minor(3, n)...)
	}
	return all
}

func minor(major, minor uint64) []environment {
	return []environment{{fmt.Sprintf("%d.%d.0", major, minor)}, {fmt.Sprintf("%d.%d.%d", major, minor, lastMicro)}}
}

// A mask is a set of environments of a list: bit n stands for the n-th.
type mask uint64

// everywhere is the mask of all of n environments.
func everywhere(n int) mask { return 1<<n - 1 }

// where returns the environments in which a marker holds without extras or with
// one of the extras: a release requires with extras what it requires without.
func (m marker) where(envs []environment, extras []string) mask {
	if len(m) == 0 {
		return everywhere(len(envs))
	}
	var out mask
	for n, e := range envs {
		if m.holds(e, "") || slices.ContainsFunc(extras, func(x string) bool { return m.holds(e, x) }) {
			out |= 1 << n
		}
	}
	return out
}

func (m marker) holds(e environment, extra string) bool {
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
func (c comparison) holds(e environment, extra string) bool {
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
		if s, err := pep440.ParseSpecifiers(lenient(c.operator + right)); ok && err == nil {
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
func (e environment) value(o operand, extra string) (string, bool) {
	if !o.variable {
		return o.text, true
	}
	switch strings.ReplaceAll(o.text, ".", "_") {
	case "python_version":
		return e.python[:strings.LastIndexByte(e.python, '.')], true
	case "python_full_version", "implementation_version":
		return e.python, true
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
