package pep508

import (
	"strings"
	"testing"
)

func TestMarkers(t *testing.T) {
	const python, extra = "3.10", "Some_Extra"
	for text, want := range map[string]bool{
		"":                         true,
		"python_version >= '3.9'":  true,
		"python_version >= '3.11'": false,
		"python_version == '3.1'":  false, // versions, not text
		"'3.9' < python_version":   true,
		"python_version < '3.9' or python_version > '3.9' and os_name == 'nt'":             false,
		"(python_version < '3.9' or python_version > '3.9') and os_name == 'posix'":        true,
		"os_name == 'posix' or os_name == 'nt' and os_name == 'java'":                      true, // and binds closer
		"((((os.name == 'posix'))))":                                                       true,
		"python_version in '2.7 3.10'":                                                     true,
		"python_version not in '2.7, 3.1'":                                                 true,
		"'linux' in sys_platform and 'win' not in sys.platform":                            true,
		"platform_python_implementation == 'CPython' and implementation_name == 'cpython'": true,
		"platform_machine != 'x86_64'":                                                     false,
		"platform_release > '1'":                                                           false, // unknown
		"platform_release < '1' or platform_release >= '1'":                                false,
		"python_full_version < '3.10.0a6'":                                                 false,
		"python_full_version >= '3.10.4'":                                                  false, // of 3.10.0 it does not hold
		"python_version ~= '3.8'":                                                          true,
		"python_version == '3.*'":                                                          true,
		"python_version >= '3.6.*'":                                                        true, // old metadata
		"python_version > 'x'":                                                             false,
		"extra == 'some-extra'":                                                            true,
		"'other' == extra":                                                                 false,
		"extra == 'other' or extra == 'SOME.extra' and python_version>='3'":                true,
		strings.Repeat("(", 5000) + "os_name=='posix'" + strings.Repeat(")", 5000):         true,
		strings.Repeat("os_name=='posix' and ", 5000) + "os_name=='nt'":                    false,
	} {
		m, err := ParseMarker(text)
		if err != nil {
			t.Errorf("parseMarker(%.80q): %v", text, err)
			continue
		}
		envs := Environments(python)
		if got := m.Where(envs, []string{extra}) == Everywhere(len(envs)); got != want {
			t.Errorf("%.80q of Python %s: %t, want %t", text, python, got, want)
		}
	}
}

func TestEnvironments(t *testing.T) {
	for python, want := range map[string]int{"": 14, "3": 14, "x": 14, "3.11": 2, "3.11.4": 1, "2.7": 2} {
		if got := len(Environments(python)); got != want {
			t.Errorf("environments(%q): %d, want %d", python, got, want)
		}
	}
}

// FuzzMarker: whatever is read as a marker can be evaluated.
func FuzzMarker(f *testing.F) {
	f.Add("python_version < '3' and (extra == 'x' or 'a' not in os_name)")
	f.Add("((os_name=='x')or os_name=='y')and os_name=='z'")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ParseMarker(text); err == nil {
			m.Where(Environments(""), []string{"x", ""})
		}
	})
}
