package sigstore

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	ct "github.com/google/certificate-transparency-go"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	"github.com/google/certificate-transparency-go/x509util"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
)

// An Artifact is the expected signed content: a text, or content with a digest.
type Artifact struct {
	Text   []byte // nil if only the digest is known
	SHA256 []byte
}

// VerifyKey verifies that a key signed an artifact. It checks no logs and no times.
func (b *Bundle) VerifyKey(key signature.Verifier, a Artifact) error {
	if b.cert != nil {
		return errors.New("it is signed by a certificate and not by a key")
	}
	return b.verifySignature([]signature.Verifier{key}, a)
}

// VerifyCertificate verifies that the bundle's certificate signed an artifact, that
// a trusted authority issued the certificate for the time of the signature, and, if
// there are trusted logs, that they recorded both. The caller has to check the
// identity in the certificate.
func (b *Bundle) VerifyCertificate(trusted root.TrustedMaterial, a Artifact) error {
	if b.cert == nil {
		return errors.New("it is signed by a key and not by a certificate")
	}
	times, err := b.times(trusted)
	if err != nil {
		return err
	}
	chains, err := b.verifyIssued(trusted, times)
	if err != nil {
		return err
	}
	if len(trusted.CTLogs()) > 0 {
		if err := verifySCT(trusted, chains); err != nil {
			return err
		}
	}
	keys, err := verifiers(b.cert, b.kind != "")
	if err != nil {
		return err
	}
	return b.verifySignature(keys, a)
}

// times returns the times of the signature from trusted sources, at least one.
func (b *Bundle) times(trusted root.TrustedMaterial) (times []time.Time, err error) {
	if len(trusted.RekorLogs()) > 0 {
		if times, err = b.verifyLogs(trusted); err != nil {
			return nil, err
		}
	}
	for _, stamp := range b.stamps {
		// A stamp does not say whose it is, and stamps of unknown authorities are no error.
		for _, authority := range trusted.TimestampingAuthorities() {
			if t, err := authority.Verify(stamp, b.sig); err == nil {
				times = append(times, t.Time)
				break
			}
		}
	}
	if len(times) == 0 {
		return nil, errors.New("neither a log nor a time stamp says when it was signed")
	}
	return times, nil
}

// verifyIssued returns the chains from the certificate to trusted authorities. They
// must be valid at all of the times.
func (b *Bundle) verifyIssued(trusted root.TrustedMaterial, times []time.Time) (chains [][]*x509.Certificate, err error) {
	leaf := *b.cert
	// crypto/x509 does not support names of type OtherName, which Fulcio uses.
	leaf.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(leaf.UnhandledCriticalExtensions), cryptoutils.SANOID.Equal)
	for _, at := range times {
		if chains = issued(trusted, &leaf, at); chains == nil {
			return nil, fmt.Errorf("no authority that is trusted issued its certificate for %s", at.UTC().Format(time.RFC3339))
		}
	}
	return chains, nil
}

func issued(trusted root.TrustedMaterial, leaf *x509.Certificate, at time.Time) [][]*x509.Certificate {
	for _, authority := range trusted.FulcioCertificateAuthorities() {
		if chains, err := authority.Verify(leaf, at); err == nil {
			return chains
		}
	}
	return nil
}

// verifySCT verifies that a trusted certificate log recorded the certificate
// (RFC 6962, section 3.2).
func verifySCT(trusted root.TrustedMaterial, chains [][]*x509.Certificate) error {
	if len(chains) == 0 || len(chains[0]) == 0 {
		return errors.New("no chain of certificates")
	}
	leaf := chains[0][0].Raw
	promises, err := x509util.ParseSCTsFromCertificate(leaf)
	if err != nil {
		return err
	}
	for _, p := range promises {
		log, ok := trusted.CTLogs()[hex.EncodeToString(p.LogID.KeyID[:])]
		at := ct.TimestampToTime(p.Timestamp)
		if !ok || !log.ValidityPeriodStart.IsZero() && at.Before(log.ValidityPeriodStart) || !log.ValidityPeriodEnd.IsZero() && at.After(log.ValidityPeriodEnd) {
			continue
		}
		for _, chain := range chains {
			if len(chain) > 1 && verifyPromised(log.PublicKey, p, leaf, chain[1].Raw) == nil {
				return nil
			}
		}
	}
	return errors.New("no log of certificates that is trusted saw its certificate")
}

func verifyPromised(key crypto.PublicKey, p *ct.SignedCertificateTimestamp, leaf, issuer []byte) error {
	var chain []*ctx509.Certificate
	for _, raw := range [][]byte{leaf, issuer} {
		list, err := ctx509.ParseCertificates(raw)
		if err != nil {
			return err
		}
		chain = append(chain, list...)
	}
	verifier, err := ct.NewSignatureVerifier(key)
	if err != nil {
		return err
	}
	entry, err := ct.MerkleTreeLeafForEmbeddedSCT(chain, p.Timestamp)
	if err != nil {
		return err
	}
	return verifier.VerifySCTSignature(*p, ct.LogEntry{Leaf: *entry})
}

// verifiers returns the verifiers for a certificate's key, of which one must accept
// the signature. There may be several because early clients used SHA-256 for every
// curve.
func verifiers(c *x509.Certificate, envelope bool) ([]signature.Verifier, error) {
	var opts []signature.LoadOption
	if !envelope { // the log entry for a message has only a digest
		opts = append(opts, options.WithED25519ph())
	}
	first, err := signature.LoadDefaultVerifier(c.PublicKey, opts...)
	if err != nil {
		return nil, err
	}
	list := []signature.Verifier{first}
	if key, ok := c.PublicKey.(*ecdsa.PublicKey); ok && key.Curve != elliptic.P256() {
		older, err := signature.LoadECDSAVerifier(key, crypto.SHA256)
		if err != nil {
			return nil, err
		}
		list = append(list, older)
	}
	return list, nil
}

func (b *Bundle) verifySignature(keys []signature.Verifier, a Artifact) error {
	if b.kind != "" {
		return b.verifyEnvelope(keys, a)
	}
	var text []byte
	var opts []signature.VerifyOption
	switch {
	case a.Text != nil:
		sum := sha256.Sum256(a.Text)
		text, a.SHA256 = a.Text, sum[:]
	default:
		opts = append(opts, options.WithDigest(a.SHA256))
	}
	if !bytes.Equal(a.SHA256, b.digest) {
		return errors.New("it is for another message")
	}
	for _, key := range keys {
		// Pure Ed25519 signs texts. Its verifier would treat a digest as the text.
		if _, pure := key.(*signature.ED25519Verifier); pure && a.Text == nil {
			continue
		}
		if key.VerifySignature(bytes.NewReader(b.sig), bytes.NewReader(text), opts...) == nil {
			return nil
		}
	}
	return errors.New("the signature of the message is not by its key")
}

func (b *Bundle) verifyEnvelope(keys []signature.Verifier, a Artifact) error {
	if !slices.ContainsFunc(keys, func(key signature.Verifier) bool {
		return key.VerifySignature(bytes.NewReader(b.sig), bytes.NewReader(b.envelope())) == nil
	}) {
		return errors.New("the signature of the envelope is not by its key")
	}
	statement, err := b.Statement()
	if err != nil {
		return err
	}
	// A statement names digests only, so a text cannot be its subject.
	if a.Text != nil || !statement.about(hex.EncodeToString(a.SHA256)) {
		return errors.New("the statement is not about it")
	}
	return nil
}

// envelope returns the signed bytes of an envelope (DSSE, "Signature definition").
func (b *Bundle) envelope() []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(b.kind), b.kind, len(b.payload), b.payload)
}
