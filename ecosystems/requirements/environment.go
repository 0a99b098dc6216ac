package requirements

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// An environment is one in which markers are evaluated: a Python of CPython on
// Linux, on an x86_64 machine. That is where requirements files are installed
// by far the most; a conflict that exists elsewhere only is not found.
type environment struct{ python string } // with three components

// The Pythons that a project may run on where nothing tells which.
const (
	oldestMinor = 8
	newestMinor = 14
	lastMicro   = 99 // stands for the newest, which is not known
)

// environments returns those that a Python means: one for "3.11.4", the first
// and the last release for "3.11", and those of every supported Python where
// nothing is known. What holds in all of them holds wherever the project runs.
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

// A mask says in which environments of a list something holds: bit n is that of the n-th.
type mask uint64

// everywhere is the mask of all of n environments.
func everywhere(n int) mask { return 1<<n - 1 }

// where returns the environments in which a marker holds for one of the extras,
// or for none: what a release requires without extras it requires with them, too.
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

// holds evaluates one comparison (PEP 508, "Environment Markers"): as versions
// where the right side is one, else as text. What is compared with something
// unknown does not hold, so that nothing is concluded from it.
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

// versions reports whether it compares versions.
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
	return false // ~= is for versions
}

// value returns what an operand stands for, and whether that is known.
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
