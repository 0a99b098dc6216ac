package updater_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestSets: what the plan says of a set of pins, and that what is held is not edited.
func TestSets(t *testing.T) {
	for _, c := range []struct {
		name, world, text, settings string
		after                       string
		held                        string // names
	}{
		{"a conflict", "pypi a 1.0.0\npypi a 1.0.1 requires=b>=2\npypi b 1.0.0 1.0.1", "a==1.0.0\nb==1.0.0\n", "", "a==1.0.0\nb==1.0.1\n", "a"},
		{"together", "pypi a 1.0.0 requires=b==1.0.0\npypi a 1.0.1 requires=b==1.0.1\npypi b 1.0.0 1.0.1", "a==1.0.0\nb==1.0.0\n", "", "a==1.0.1\nb==1.0.1\n", ""},
		{"one of them waits", "pypi a 1.0.0 requires=b==1.0.0\npypi a 1.0.1 requires=b==1.0.1\npypi b 1.0.0 1.0.1@2026-11-22", "a==1.0.0\nb==1.0.0\n", "", "a==1.0.0\nb==1.0.0\n", "a b"},
		{"for the Python of the settings", "pypi a 1.0.0\npypi a 1.0.1 requires=b>=2\npypi b 1.0.0", "a==1.0.0\nb==1.0.0 ; python_version < '3'\n", "python: '2.7'", "a==1.0.0\nb==1.0.0 ; python_version < '3'\n", "a"},
		{"for another", "pypi a 1.0.0\npypi a 1.0.1 requires=b>=2\npypi b 1.0.0", "a==1.0.0\nb==1.0.0 ; python_version < '3'\n", "python: '3.11'", "a==1.0.1\nb==1.0.0 ; python_version < '3'\n", ""},
	} {
		tree := fstest.MapFS{"requirements.txt": {Data: []byte(c.text)}, ".freshpin.yaml": {Data: []byte(c.settings)}}
		p := worldPlan(t, c.world, tree)
		if got := after(t, tree, "requirements.txt", p); got != c.after {
			t.Errorf("%s: %q, want %q", c.name, got, c.after)
		}
		var held []string
		for _, i := range p.Items {
			if i.Status != plan.Held {
				continue
			}
			held = append(held, i.Dependency.Name)
			if i.Reason.Text == "" || len(i.Edits) > 0 || i.Band != "" || i.Reason.Code != ecosystems.Conflict && i.Reason.Code != ecosystems.Cooldown {
				t.Errorf("%s: %+v", c.name, i)
			}
		}
		if got := strings.Join(held, " "); got != c.held {
			t.Errorf("%s: held %q, want %q", c.name, got, c.held)
		}
	}
}
