package endoflife

import (
	"bytes"
	"testing"
)

func TestBundled(t *testing.T) {
	if got := Bundled().Format(); !bytes.Equal(got, bundled) {
		t.Errorf("table.json is not as Format writes it:\n%s", got)
	}
}
