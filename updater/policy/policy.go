// Package policy decides which version an update may lead to. It is pure: it
// knows no ecosystem, no network and no clock but the time it is given.
package policy

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// Digests says what is done with the digests of images.
type Digests int

// The ways to treat digests. The zero value touches nothing.
const (
	DigestsIgnore  Digests = iota // leave them alone
	DigestsRefresh                // renew those that stand
	DigestsPin                    // also add missing ones
)

// A Line says how the line of a pin is found.
type Line int

// The settings of a line. The zero value lets the project's habits tell.
const (
	LineAuto  Line = iota // MAJOR.MINOR, or MAJOR where the project never patches
	LineMinor             // MAJOR.MINOR
	LineMajor             // MAJOR
	LineAny               // every newer release is a patch
)

// RebuildFilter says which rebuilt images are worth a pull request.
type RebuildFilter int

// The kinds of rebuilt images. One of which it is not known what is in it is always worth one.
const (
	RebuildAny      RebuildFilter = iota // all
	RebuildPackages                      // those in which a package differs
	RebuildSecurity                      // those that fix a known vulnerability
)

// Trust says how the checksums of downloads may be learnt.
type Trust int

// The ways, the most careful first.
const (
	TrustSigned  Trust = iota // the publisher lists them, and signs the list
	TrustListed               // the publisher lists them
	TrustDigest               // or the host of the files has computed them
	TrustCompute              // or one download of this program tells
)

// A Verify names the signature that an image must carry: by a key, or by an
// identity that an issuer vouches for.
type Verify struct {
	Key              string // the file of the public key, in the repository
	Issuer, Identity string
}

// A Policy is what applies to one dependency. The zero Policy is the most
// careful one: it stays on the line, touches no digest and waits for nothing
// only because nothing is young at age zero.
type Policy struct {
	Allow version.Level // the widest band that may be proposed; Digest proposes no new version at all
	Line  Line

	// NeverPatches is the MAJOR from which on the project is known to patch in
	// its second number, whatever its tags show; 0: nothing is known.
	NeverPatches uint64

	Base     bool // also move to a newer base system
	Digests  Digests
	Packages time.Duration // how long a version must have been public; 0 means no wait
	Rebuilds time.Duration // the same for a digest; 0 means no wait
	Worth    RebuildFilter // which rebuilt digests are proposed
	Trust    Trust         // how the checksums of downloads may be learnt
	Keys     []string      // files in the repository with the keys that lists of checksums are signed with
	Verify   Verify        // the signature that an image must carry; the zero Verify for none
	Pin      bool          // also pin what has no version
	Indirect bool          // also move indirect Go requirements
	Python   string        // the Python of the project, "3.11"; "" means as inferred
	Ignore   string        // why it is ignored, in words; "" if it is not
	Versions Versions      // which versions may be proposed; the zero Versions allow all
	Security bool          // only fixes of known vulnerabilities are proposed
	Living   bool          // a dead release line is left for the nearest one that lives
	Proposal Proposal      // how an update is proposed
	Why      []string      // where each deciding setting comes from, for people: "allow minor: .freshpin.yaml:7"
}
