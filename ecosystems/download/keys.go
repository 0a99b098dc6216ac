package download

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
)

// A demand is what a checksum must be learnt by.
type demand struct {
	trust ecosystems.Trust
	keys  *signedlist.Keyring // nil for none
}

// demandOf returns what settings demand for a dependency. The error is for a key
// that settings name and that cannot be used.
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
		return demand{trust: want.trust}, nil // what is copied into an image may be a key for something else
	}
	return want, nil
}
