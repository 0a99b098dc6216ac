package registry

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// HasLogin reports whether a login is found for the registry of that host, in
// the files and helpers of Docker and Podman. It asks no registry. The error is
// that of a helper which is named there and does not work.
func HasLogin(host string) (bool, error) {
	reg, err := name.NewRegistry(host, name.WeakValidation)
	if err != nil {
		return false, err
	}
	auth, err := authn.DefaultKeychain.Resolve(reg)
	return auth != nil && auth != authn.Anonymous, err
}
