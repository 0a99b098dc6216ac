package gocommand

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A home is where the go command may write: caches that are shared, and a folder for one run.
type home struct{ cache, temp string }

// openHome makes the folders.
func openHome(o Options) (h home, err error) {
	if h.cache, err = cacheFolder(o.Cache); err != nil {
		return h, err
	}
	mode := filepath.Join(h.cache, "home", ".config", "go", "telemetry")
	for _, dir := range []string{mode, filepath.Join(h.cache, "tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return h, err
		}
	}
	if err := os.WriteFile(filepath.Join(mode, "mode"), []byte("off"), 0o600); err != nil {
		return h, err
	}
	h.temp, err = os.MkdirTemp(filepath.Join(h.cache, "tmp"), "run-")
	return h, err
}

// hide takes the folders of this machine out of what a command has said.
func (h home) hide(text string) string {
	for _, dir := range []string{h.temp, h.cache} {
		text = strings.ReplaceAll(text, dir+string(filepath.Separator), "")
		text = strings.ReplaceAll(text, dir, "the cache")
	}
	return text
}

// close removes what belongs to one run. What cannot be removed does no harm.
func (h home) close() { _ = os.RemoveAll(h.temp) }

// cacheFolder returns the folder that runs share: the one asked for, else one
// of the user's, else, where users have no folder, one beside other temporary files.
func cacheFolder(asked string) (string, error) {
	if asked != "" {
		return filepath.Abs(asked)
	}
	if user, err := os.UserCacheDir(); err == nil && filepath.IsAbs(user) {
		dir := filepath.Join(user, "freshpin", "go")
		if os.MkdirAll(dir, 0o700) == nil {
			return dir, nil
		}
	}
	return private(filepath.Join(os.TempDir(), fmt.Sprintf("freshpin-go-%d", os.Getuid())))
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
