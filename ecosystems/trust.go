package ecosystems

import "context"

// A Prover is an ecosystem that can tell whether what a file says about the
// version in use is what its publisher says.
type Prover interface {
	// Prove returns why the dependency must not be touched: a checksum that is of
	// nothing that is published (ChecksumUnknown), or of a file that is published
	// with another one (ChecksumMismatch); the zero Reason where all is well. The
	// error is for what could not be looked up.
	Prove(ctx context.Context, d Dependency) (Reason, error)
}

// A Checksummer is an ecosystem that knows what publishers list about files.
type Checksummer interface {
	// Checksum returns the "sha256:…" that the publisher of an address lists for
	// it, "" where nothing is listed. It downloads no file.
	Checksum(ctx context.Context, address string) (string, error)
}

// An Annotator is an ecosystem that reads comments which name what the version
// below them is of, in any text file that settings name.
type Annotator interface {
	// ReadsAnnotations marks it.
	ReadsAnnotations()
}

// An Inspector is an ecosystem that checks more of an edit than the version of a dependency.
type Inspector interface {
	// Inspect says what is wrong with a dependency after an edit that should have
	// brought it to the target. It is pure.
	Inspect(was, is Dependency, to Target) error
}

// A Trust says how a checksum was learnt. More is better.
type Trust int

// The steps, the weakest first. The zero Trust is that of a checksum about which nothing is known.
const (
	TrustNone      Trust = iota
	TrustCompute         // this program downloaded the file once
	TrustDigest          // the host of the file computed it when the file was uploaded
	TrustBeside          // a list of the publisher beside the file
	TrustElsewhere       // a list of the publisher on another host
	TrustSigned          // a list with a signature that was verified
)

// TrustListed is the least that counts as listed by the publisher.
const TrustListed = TrustBeside

// String returns the word for it.
func (t Trust) String() string {
	if t < 0 || t > TrustSigned {
		return "unknown"
	}
	return [...]string{"", "computed", "digest", "beside", "elsewhere", "signed"}[t]
}

// A Key is a file with public keys that lists of checksums are signed with.
type Key struct {
	File string // in the repository: "keys/hashicorp.asc"
	Data []byte // nil where it cannot be read
}

// A File is a file whose checksum stands in a manifest.
type File struct {
	Name     string `json:"name"`     // "redis-3.2.13.tar.gz"
	Checksum string `json:"checksum"` // "sha256:…", in lower case
	Was      string `json:"was"`      // the checksum that it replaces
	Trust    string `json:"trust"`    // "elsewhere"
	From     string `json:"from"`     // where it was read, for people: "github.com/redis/redis-hashes"
}
