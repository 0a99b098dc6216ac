package download

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
)

// A demand is the required trust in a checksum.
type demand struct {
	trust ecosystems.Trust
	keys  *signedlist.Keyring // nil for none
}

// demandOf returns the demand for a dependency. It returns an error if the settings
// name a key that cannot be used.
func demandOf(d ecosystems.Dependency, own *detail) (demand, error) {
	want := demand{trust: d.Trust}
	if want.trust == ecosystems.TrustNone {
		want.trust = ecosystems.TrustDigest
	}
	var err error
	if len(d.Keys) > 0 {
		want.keys, err = signedlist.New(d.Keys, true)
		return want, err
	}
	want.keys, err = signedlist.New(own.group.Stage.Keys, false)
	if err != nil {
		return demand{trust: want.trust}, nil // a key that the image contains may be for another purpose
	}
	return want, nil
}
