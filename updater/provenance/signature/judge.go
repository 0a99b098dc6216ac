package signature

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	keys "github.com/sigstore/sigstore/pkg/signature"

	"github.com/freshpin/freshpin/updater/provenance/sigstore"
)

// byKey returns a judge that checks only a key, not a transparency log, so that it
// also accepts images that were signed without a log, as companies do internally.
func byKey(d Demand) (judge, error) {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(d.Key)
	if err != nil {
		return nil, &Rejection{Why: fmt.Sprintf("%s holds no public key in PEM", d.KeyName)}
	}
	verifier, err := keys.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, &Rejection{Why: fmt.Sprintf("%s holds a key of a kind that is not supported", d.KeyName)}
	}
	hint := keyHint(key)
	return func(s signature, digest string) (string, error) {
		by := "the key " + d.KeyName
		switch {
		case s.broken != nil:
			return "", refuse(unreadable, "its signature cannot be read: %s", shown(s.broken.Error()))
		case s.bundle == nil:
			if err := verifier.VerifySignature(bytes.NewReader(s.raw), bytes.NewReader(s.text)); err != nil {
				return "", refuse(otherSigner, "it is not signed with %s: its signature was made with another key, or is for another text", by)
			}
			return by, about(s, digest)
		}
		if summary, ok := s.summary(); ok {
			return "", refuse(otherSigner, "it is signed by %s, not with %s", shown(summary.SubjectAlternativeName), by)
		}
		if err := about(s, digest); err != nil {
			return "", err
		}
		artifact, err := s.artifact(digest)
		if err != nil {
			return "", err
		}
		if err := s.bundle.VerifyKey(verifier, artifact); err != nil {
			if s.bundle.Hint() == hint {
				return "", refuse(changed, "its signature names %s, but does not hold: what was signed was changed since", by)
			}
			return "", refuse(otherSigner, "it is not signed with %s: its signature was made with another key", by)
		}
		return by, nil
	}, nil
}

// keyHint returns the name that cosign uses for a key in bundles.
func keyHint(key crypto.PublicKey) string {
	der, err := cryptoutils.MarshalPublicKeyToDER(key)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// summary returns the fields of the certificate; false for a signature without one.
func (s signature) summary() (certificate.Summary, bool) {
	if s.bundle == nil || s.bundle.Certificate() == nil {
		return certificate.Summary{}, false
	}
	summary, err := certificate.SummarizeCertificate(s.bundle.Certificate())
	return summary, err == nil
}

// byIdentity returns a judge that accepts certificates of trusted authorities with
// the identity d, if the logs recorded the signature while the certificate was valid.
func byIdentity(trusted root.TrustedMaterial, d Demand, matches *regexp.Regexp) (judge, error) {
	if d.Issuer == "" || d.Identity == "" {
		return nil, &Rejection{Why: "an identity and who vouches for it must be named"}
	}
	return func(s signature, digest string) (string, error) {
		if s.broken != nil {
			return "", refuse(unreadable, "its signature cannot be read: %s", shown(s.broken.Error()))
		}
		summary, certified := s.summary()
		if !certified {
			return "", refuse(otherSigner, "it is signed with a key, not by %s", shown(d.Identity))
		}
		// The reasons that people understand best come first. All checks have to pass.
		by := fmt.Sprintf("%s (%s)", shown(summary.SubjectAlternativeName), shown(summary.Issuer))
		if summary.Issuer != d.Issuer || !matches.MatchString(summary.SubjectAlternativeName) {
			return "", refuse(otherSigner, "it is signed by %s, not by %s (%s)", by, shown(d.Identity), shown(d.Issuer))
		}
		if err := about(s, digest); err != nil {
			return "", err
		}
		if s.late() {
			return "", refuse(expired, "it was signed by %s when the certificate for that had expired", by)
		}
		artifact, err := s.artifact(digest)
		if err != nil {
			return "", err
		}
		if err := s.bundle.VerifyCertificate(trusted, artifact); err != nil {
			return "", refuse(changed, "its signature by %s does not hold: %s", by, shown(err.Error()))
		}
		return by, nil
	}, nil
}

// artifact returns the signed content: the text in the older format, else the image itself.
func (s signature) artifact(digest string) (sigstore.Artifact, error) {
	if s.text != nil {
		return sigstore.Artifact{Text: s.text}, nil
	}
	named, err := hex.DecodeString(strings.TrimPrefix(digest, "sha256:"))
	if err != nil {
		return sigstore.Artifact{}, refuse(unreadable, "%s cannot be verified: only sha256 can", shown(digest))
	}
	return sigstore.Artifact{SHA256: named}, nil
}

// late reports whether the log recorded the signature while its certificate was
// not valid.
func (s signature) late() bool {
	c := s.bundle.Certificate()
	return slices.ContainsFunc(s.bundle.Logged(), func(at time.Time) bool { return c.NotAfter.Before(at) || c.NotBefore.After(at) })
}
