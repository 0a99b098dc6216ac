package ecosystems

import "testing"

func TestIgnores(t *testing.T) {
	for comment, want := range map[string]bool{
		"# freshpin: ignore": true, "#freshpin:ignore": true, "# Freshpin: ignore, because": true, "## freshpin: ignore": true,
		"# the proxy # freshpin: ignore": true, "// indirect; freshpin: ignore": true, "freshpin: ignore": true,
		"# freshpin: ignore root-user: runs in a VM": false, "# freshpin: ignore latest, no-digest": false, "# freshpin: ignore long-term pin": true, "# freshpin: ignored": false, "# not freshpin: ignore": false, "# freshpin ignore": false, "": false,
	} {
		if got := Ignores(comment); got != want {
			t.Errorf("Ignores(%q) = %v", comment, got)
		}
	}
}
