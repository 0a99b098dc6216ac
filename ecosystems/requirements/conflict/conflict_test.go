package conflict

import (
	"testing"
)

// FuzzDist: whatever a release requires is read or passed over.
func FuzzDist(f *testing.F) {
	f.Add("Foo_bar[x,Y] (>=1.0.*,<2) ; extra == 'z'")
	f.Add("a @ https://x.example/a.zip")
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := parseDist(text); ok && d.name == "" {
			t.Errorf("%q has no name", text)
		}
	})
}
