package login

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Has reports whether the files and helpers of Docker and Podman have a
// login for the registry of a host. It makes no request. The error is that of a
// configured helper that does not work.
func Has(host string) (bool, error) {
	reg, err := name.NewRegistry(host, name.WeakValidation)
	if err != nil {
		return false, err
	}
	auth, err := authn.DefaultKeychain.Resolve(reg)
	return auth != nil && auth != authn.Anonymous, err
}
