//go:build !unix

package cli

import (
	"io/fs"
	"os"
)

// keepOwner does nothing where owners are inherited from the folder.
func keepOwner(*os.File, fs.FileInfo) {}
