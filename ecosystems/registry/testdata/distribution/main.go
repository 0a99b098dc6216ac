// Command distribution is a registry of the distribution project that others wrote, which the
// tests of several packages run against: its own command without storage in clouds, whose
// libraries take longer to compile than all the rest. Libraries that freshpin has too are of the
// same versions, so that they are compiled once.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
