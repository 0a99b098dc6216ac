package ecosystems

import "context"

// A Prover is an ecosystem that can compare the checksums in a file with those
// that the publisher lists for the version in use.
type Prover interface {
	// Prove returns why the dependency must not be updated: no list of the
	// publisher has a checksum (ChecksumUnknown), or it has another checksum for
	// the file (ChecksumMismatch). The zero Reason means that all checksums are
	// right. The error is for a failed lookup.
	Prove(ctx context.Context, d Dependency) (Reason, error)
}

// A Checksummer is an ecosystem that reads the lists of checksums of publishers.
type Checksummer interface {
	// Checksum returns the "sha256:…" that the publisher lists for the file at
	// an address, "" for none. It does not download the file.
	Checksum(ctx context.Context, address string) (string, error)
}

// An Annotator is an ecosystem that reads comments which name the package of the
// version below them, in any text file that the settings name.
type Annotator interface {
	// ReadsAnnotations does nothing; it distinguishes the interface.
	ReadsAnnotations()
}

// An Inspector is an ecosystem that checks more of an edit than the version.
type Inspector interface {
	// Inspect returns an error if a dependency is wrong after an edit that moved
	// it to the target. It is pure.
	Inspect(was, is Dependency, to Target) error
}

// A Trust is the source of a checksum. A higher value is more trustworthy.
type Trust int

// The sources, the weakest first. The zero Trust means unknown.
const (
	TrustNone      Trust = iota
	TrustCompute         // Freshpin downloaded the file once
	TrustDigest          // the host of the file computed it when the file was uploaded
	TrustBeside          // a list of the publisher beside the file
	TrustElsewhere       // a list of the publisher on another host
	TrustSigned          // a list with a signature that was verified
)

// TrustListed is the weakest source that counts as listed by the publisher.
const TrustListed = TrustBeside

// String returns the word for a source in JSON; "" for TrustNone.
func (t Trust) String() string {
	if t < 0 || t > TrustSigned {
		return "unknown"
	}
	return [...]string{"", "computed", "digest", "beside", "elsewhere", "signed"}[t]
}

// A Key is a file with public keys for signed lists of checksums.
type Key struct {
	File string // in the repository: "keys/hashicorp.asc"
	Data []byte // nil if it cannot be read
}

// A File is a file whose checksum is in a manifest.
type File struct {
	Name     string `json:"name"`     // "redis-3.2.13.tar.gz"
	Checksum string `json:"checksum"` // "sha256:…", in lower case
	Was      string `json:"was"`      // the checksum that it replaces
	Trust    string `json:"trust"`    // "elsewhere"
	From     string `json:"from"`     // where the checksum was read, for people: "github.com/redis/redis-hashes"
}
