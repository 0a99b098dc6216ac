package ecosystemtest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// UserHome returns the folder of a user without telemetry: the go command would count
// in it after it has ended, while the test removes it.
func UserHome(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	telemetry := filepath.Join(dir, ".config", "go", "telemetry")
	if err := errors.Join(os.MkdirAll(telemetry, 0o755), os.WriteFile(filepath.Join(telemetry, "mode"), []byte("off"), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir
}
