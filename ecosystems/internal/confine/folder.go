package confine

import (
	"fmt"
	"os"
	"path/filepath"
)

// Folder returns a folder for what runs of one command share: the one asked for, else
// one of that name in the user's cache folder, else, where users have none, one beside other temporary files.
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

// private makes a folder where others may write too. One that is there already
// must be ours: nobody else may change its mode.
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
