// Package policy decides which version an update may move to. It is pure: it
// uses no network and no clock, and it does not depend on an ecosystem.
package policy

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// Digests says what happens to the digests of images.
type Digests int

// The ways to treat digests. The zero value touches nothing.
const (
	DigestsIgnore  Digests = iota // leave them alone
	DigestsRefresh                // renew existing ones
	DigestsPin                    // also add missing ones
)

// A Line says how the release line of a pin is determined.
type Line int

// The settings of a line. The zero value determines it from the project's releases.
const (
	LineAuto  Line = iota // MAJOR.MINOR, or MAJOR if the project never patches
	LineMinor             // MAJOR.MINOR
	LineMajor             // MAJOR
	LineAny               // every newer release is a patch
)

// RebuildFilter says which rebuilt images are worth a pull request.
type RebuildFilter int

// The kinds of rebuilt images. An image with unknown contents is always worth a pull request.
const (
	RebuildAny      RebuildFilter = iota // all
	RebuildPackages                      // those in which a package differs
	RebuildSecurity                      // those that fix a known vulnerability
)

// Accepted says which sources of checksums for downloads are accepted.
type Accepted int

// The ways, the most careful first.
const (
	AcceptSigned  Accepted = iota // a list of the publisher with a valid signature
	AcceptListed                  // also a list without a signature
	AcceptDigest                  // also a checksum that the host of the file computed
	AcceptCompute                 // also the checksum of one download by Freshpin
)

// A Verify names the signature that an image must carry: by a key, or by an
// identity that an issuer vouches for.
type Verify struct {
	Key              string // the file of the public key, in the repository
	Issuer, Identity string
}

// A Policy holds the settings for one dependency. The zero Policy is the most
// careful one: it allows digests of the same version only, and touches none. It
// has no cooldown, because it proposes nothing that could be too new.
type Policy struct {
	Allow version.Level // the largest update that may be proposed; Digest proposes no new version
	Line  Line

	// NeverPatches is the first MAJOR whose fixes the project is known to publish
	// as minor releases, whatever its tags show; 0 means not known.
	NeverPatches uint64

	Base     bool // also move to a newer base system
	Digests  Digests
	Packages time.Duration // how long a version must have been public; 0 means no wait
	Rebuilds time.Duration // the same for a digest; 0 means no wait
	Worth    RebuildFilter // which rebuilt digests are proposed
	Trust    Accepted      // which sources of checksums for downloads are accepted
	Keys     []string      // files in the repository with the public keys for signed lists of checksums
	Verify   Verify        // the signature that an image must carry; the zero Verify for none
	Pin      bool          // also pin dependencies without a version
	Indirect bool          // also update indirect Go requirements
	Python   string        // the Python of the project, "3.11"; "" means as inferred
	Ignore   string        // why the dependency is ignored, in words; "" if it is not
	Versions Versions      // which versions may be proposed; the zero Versions allow all
	Security bool          // only fixes of known vulnerabilities are proposed
	Living   bool          // propose to leave a release line without fixes for the nearest supported one
	Proposal Proposal      // how an update is proposed
	Why      []string      // the origin of each deciding setting, for people: "allow minor: .freshpin.yaml:7"
}
