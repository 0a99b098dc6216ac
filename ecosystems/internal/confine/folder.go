package confine

import (
	"fmt"
	"os"
	"path/filepath"
)

// Folder returns an absolute path of a folder for data that runs of a command
// share: asked if it is set, else one with a name in the user's cache folder, else
// one in the system's temporary folder.
func Folder(asked, name string) (string, error) {
	if asked != "" {
		return filepath.Abs(asked)
	}
	if user, err := os.UserCacheDir(); err == nil && filepath.IsAbs(user) {
		dir := filepath.Join(user, "freshpin", name)
		if os.MkdirAll(dir, 0o700) == nil {
			return dir, nil
		}
	}
	return private(filepath.Join(os.TempDir(), fmt.Sprintf("freshpin-%s-%d", name, os.Getuid())))
}

// private creates a private folder in a folder that other users can write to. An
// existing folder must belong to us: otherwise the change of its mode fails.
func private(dir string) (string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a folder of our own", dir)
	}
	return dir, os.Chmod(dir, 0o700)
}
