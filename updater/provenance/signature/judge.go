package signature

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	sigstore "github.com/sigstore/sigstore/pkg/signature"
)

func sha256Of(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

func hexOf(data []byte) string            { return hex.EncodeToString(data) }
func fromHex(text string) ([]byte, error) { return hex.DecodeString(text) }
func digestBytes(digest string) ([]byte, error) {
	return fromHex(strings.TrimPrefix(digest, "sha256:"))
}

// byKey believes a key alone: no transparency log is asked, so that images that
// were signed without one, as inside of companies, verify too.
func byKey(d Demand) (judge, error) {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(d.Key)
	if err != nil {
		return nil, &Refusal{Why: fmt.Sprintf("%s holds no public key in PEM", d.KeyName)}
	}
	verifier, err := sigstore.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, &Refusal{Why: fmt.Sprintf("%s holds a key of a kind that is not supported", d.KeyName)}
	}
	material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(verifier, time.Time{}, time.Time{}), nil
	})
	bundles, err := verify.NewVerifier(material, verify.WithNoObserverTimestamps())
	if err != nil {
		return nil, err
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
		case s.certified():
			return "", refuse(otherSigner, "it is signed by %s, not with %s", s.signer(), by)
		}
		if err := about(s, digest); err != nil {
			return "", err
		}
		named, err := digestBytes(digest)
		if err != nil {
			return "", refuse(unreadable, "%s cannot be verified: only sha256 can", shown(digest))
		}
		if _, err := bundles.Verify(s.bundle, verify.NewPolicy(verify.WithArtifactDigest("sha256", named), verify.WithKey())); err != nil {
			if s.hint() == hint {
				return "", refuse(changed, "its signature names %s, but does not hold: what was signed was changed since", by)
			}
			return "", refuse(otherSigner, "it is not signed with %s: its signature was made with another key", by)
		}
		return by, nil
	}, nil
}

// keyHint is the name that cosign gives a key in bundles.
func keyHint(key crypto.PublicKey) string {
	der, err := cryptoutils.MarshalPublicKeyToDER(key)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(sha256Of(der))
}

func (s signature) hint() string {
	content, err := s.bundle.VerificationContent()
	if err != nil || content.PublicKey() == nil {
		return ""
	}
	return content.PublicKey().Hint()
}

func (s signature) summary() (certificate.Summary, bool) {
	content, err := s.bundle.VerificationContent()
	if err != nil || content.Certificate() == nil {
		return certificate.Summary{}, false
	}
	summary, err := certificate.SummarizeCertificate(content.Certificate())
	return summary, err == nil
}

func (s signature) certified() bool {
	_, ok := s.summary()
	return ok
}

func (s signature) signer() string {
	summary, _ := s.summary()
	return shown(summary.SubjectAlternativeName)
}

// byIdentity believes certificates of the authorities that are trusted, for what
// their logs have seen while the certificates were valid.
func byIdentity(trusted root.TrustedMaterial, d Demand, matches *regexp.Regexp) (judge, error) {
	verifier, err := verify.NewVerifier(trusted, demands(trusted)...)
	if err != nil {
		return nil, fmt.Errorf("whom to believe about signatures: %w", err)
	}
	identity, err := verify.NewShortCertificateIdentity(d.Issuer, "", "", matches.String())
	if err != nil {
		return nil, &Refusal{Why: err.Error()}
	}
	return func(s signature, digest string) (string, error) {
		switch {
		case s.broken != nil:
			return "", refuse(unreadable, "its signature cannot be read: %s", shown(s.broken.Error()))
		case s.bundle == nil, !s.certified():
			return "", refuse(otherSigner, "it is signed with a key, not by %s", shown(d.Identity))
		}
		summary, _ := s.summary()
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
		if _, err := verifier.Verify(s.bundle, verify.NewPolicy(artifact, verify.WithCertificateIdentity(identity))); err != nil {
			return "", refuse(changed, "its signature by %s does not hold: %s", by, shown(err.Error()))
		}
		return by, nil
	}, nil
}

// demands are what a signature must bring along: all that those who are trusted
// can vouch for.
func demands(trusted root.TrustedMaterial) []verify.VerifierOption {
	list := []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	if len(trusted.RekorLogs()) > 0 {
		list = append(list, verify.WithTransparencyLog(1))
	}
	if len(trusted.CTLogs()) > 0 {
		list = append(list, verify.WithSignedCertificateTimestamps(1))
	}
	return list
}

// artifact is what was signed: the text in the older form, else the image itself.
func (s signature) artifact(digest string) (verify.ArtifactPolicyOption, error) {
	if s.text != nil {
		return verify.WithArtifact(bytes.NewReader(s.text)), nil
	}
	named, err := digestBytes(digest)
	if err != nil {
		return nil, refuse(unreadable, "%s cannot be verified: only sha256 can", shown(digest))
	}
	return verify.WithArtifactDigest("sha256", named), nil
}

// late reports whether the log saw the signature outside of the time for which
// its certificate was issued.
func (s signature) late() bool {
	content, err := s.bundle.VerificationContent()
	entries, alsoErr := s.bundle.TlogEntries()
	if err = errors.Join(err, alsoErr); err != nil {
		return false
	}
	for _, e := range entries {
		if at := e.IntegratedTime(); at.Unix() > 0 && !content.ValidAtTime(at, nil) {
			return true
		}
	}
	return false
}
