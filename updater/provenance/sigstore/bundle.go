// Package sigstore verifies Sigstore bundles: the signature of a certificate or a
// key, the entries of transparency logs, and time stamps.
//
// It follows package verify of github.com/sigstore/sigstore-go step by step. That
// package is not used because it needs a client of Rekor, OpenAPI and gRPC (31
// modules) to read four kinds of log entries. For trust roots, authorities, time
// stamps, keys, notes and proofs this package uses the same libraries.
//
// See https://docs.sigstore.dev/about/bundle/ and the "Sigstore Client
// Specification", sections 4.2 to 4.5.
package sigstore

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"golang.org/x/mod/semver"
	"google.golang.org/protobuf/encoding/protojson"
)

// A Bundle is a signature with its verification material. Its content is untrusted
// until it is verified.
type Bundle struct {
	cert    *x509.Certificate // nil if a key signed
	hint    string            // name of that key
	sig     []byte
	digest  []byte // claimed digest of the message; nil for an envelope
	payload []byte // of the envelope
	kind    string // media type of payload; "" for a message
	entries []*entry
	stamps  [][]byte // RFC 3161
}

// Limits on the contents of a bundle, as in sigstore-go.
const (
	maxEntries  = 32
	maxStamps   = 32
	maxSubjects = 1024
	maxDigests  = 32 // of a subject
)

const mediaType = "application/vnd.dev.sigstore.bundle"

// Parse parses a bundle in JSON.
func Parse(data []byte) (*Bundle, error) {
	pb := &protobundle.Bundle{}
	if err := protojson.Unmarshal(data, pb); err != nil {
		return nil, err
	}
	return New(pb)
}

// New converts a bundle from protobuf, and returns an error if it is malformed.
func New(pb *protobundle.Bundle) (*Bundle, error) {
	version, err := bundleVersion(pb.GetMediaType())
	if err != nil {
		return nil, err
	}
	b := &Bundle{}
	for _, step := range []func(*protobundle.Bundle, string) error{b.readContent, b.readSigner, b.readEntries, b.readStamps} {
		if err := step(pb, version); err != nil {
			return nil, fmt.Errorf("invalid bundle: %w", err)
		}
	}
	return b, nil
}

// bundleVersion returns "v0.1" to "v0.3".
func bundleVersion(text string) (string, error) {
	version, found := strings.CutPrefix(text, mediaType+"+json;version=")
	// Older bundles have the version as a parameter of the media type.
	if found {
		version = "v" + version
	} else if version, found = strings.CutPrefix(text, mediaType+"."); found {
		version, found = strings.CutSuffix(version, "+json")
	}
	if !found || !semver.IsValid(version) || semver.Compare(version, "v0.1") < 0 || semver.Compare(version, "v0.4") >= 0 {
		return "", fmt.Errorf("unsupported media type %.100q", text)
	}
	return version, nil
}

func (b *Bundle) readContent(pb *protobundle.Bundle, _ string) error {
	switch content := pb.GetContent().(type) {
	case *protobundle.Bundle_MessageSignature:
		m := content.MessageSignature
		if m.GetMessageDigest().GetAlgorithm() != protocommon.HashAlgorithm_SHA2_256 || len(m.GetMessageDigest().GetDigest()) == 0 {
			return errors.New("the message has no SHA-256 digest")
		}
		b.sig, b.digest = m.GetSignature(), m.GetMessageDigest().GetDigest()
	case *protobundle.Bundle_DsseEnvelope:
		e := content.DsseEnvelope
		if len(e.GetSignatures()) != 1 { // DSSE allows several signatures, the specification of bundles does not
			return fmt.Errorf("%d signatures in the envelope instead of one", len(e.GetSignatures()))
		}
		b.sig, b.payload, b.kind = e.GetSignatures()[0].GetSig(), e.GetPayload(), e.GetPayloadType()
	default:
		return errors.New("neither a message nor an envelope is signed in it")
	}
	if len(b.sig) == 0 {
		return errors.New("the signature is empty")
	}
	return nil
}

func (b *Bundle) readSigner(pb *protobundle.Bundle, version string) error {
	var der []byte
	switch content := pb.GetVerificationMaterial().GetContent().(type) {
	case *protobundle.VerificationMaterial_PublicKey:
		b.hint = content.PublicKey.GetHint()
		return nil
	case *protobundle.VerificationMaterial_Certificate:
		der = content.Certificate.GetRawBytes()
	case *protobundle.VerificationMaterial_X509CertificateChain:
		if semver.Compare(version, "v0.3") >= 0 {
			return errors.New("a chain of certificates, which version 0.3 forbids")
		}
		// The rest of the chain is ignored, because the trust root has it.
		if chain := content.X509CertificateChain.GetCertificates(); len(chain) > 0 {
			der = chain[0].GetRawBytes()
		}
	}
	if len(der) == 0 {
		return errors.New("neither a certificate nor a key is named in it")
	}
	var err error
	b.cert, err = x509.ParseCertificate(der)
	return err
}

func (b *Bundle) readEntries(pb *protobundle.Bundle, version string) error {
	list := pb.GetVerificationMaterial().GetTlogEntries()
	if len(list) > maxEntries {
		return fmt.Errorf("%d log entries, more than %d", len(list), maxEntries)
	}
	promised, proved := false, false
	for _, tle := range list {
		e, err := readEntry(tle)
		if err != nil {
			return err
		}
		b.entries = append(b.entries, e)
		promised, proved = promised || len(e.promise()) > 0, proved || e.tle.GetInclusionProof() != nil
	}
	switch old := semver.Compare(version, "v0.1") == 0; {
	case len(list) > 0 && old && !promised:
		return errors.New("no log promises inclusion, as version 0.1 wants")
	case len(list) > 0 && !old && !proved:
		return errors.New("no log proves inclusion, as version 0.2 wants")
	}
	return nil
}

func (b *Bundle) readStamps(pb *protobundle.Bundle, _ string) error {
	list := pb.GetVerificationMaterial().GetTimestampVerificationData().GetRfc3161Timestamps()
	if len(list) > maxStamps {
		return fmt.Errorf("%d time stamps, more than %d", len(list), maxStamps)
	}
	for _, s := range list {
		b.stamps = append(b.stamps, s.GetSignedTimestamp())
	}
	return nil
}

// Certificate returns the signing certificate, or nil if a key signed.
func (b *Bundle) Certificate() *x509.Certificate { return b.cert }

// Hint returns the name of the key in the bundle.
func (b *Bundle) Hint() string { return b.hint }

// Digest returns the SHA-256 that the bundle claims for the signed message; nil for
// an envelope.
func (b *Bundle) Digest() []byte { return b.digest }

// Logged returns the times at which logs claim to have recorded the signature.
func (b *Bundle) Logged() (list []time.Time) {
	for _, e := range b.entries {
		if at := e.integrated(); at.Unix() > 0 {
			list = append(list, at)
		}
	}
	return list
}

// A Statement is the in-toto statement in an envelope.
type Statement struct {
	PredicateType string `json:"predicateType"`
	Subjects      []struct {
		Digest map[string]string `json:"digest"` // by algorithm, in hexadecimal digits
	} `json:"subject"`
}

// Statement parses the statement in the envelope.
func (b *Bundle) Statement() (*Statement, error) {
	if b.kind != "application/vnd.in-toto+json" {
		return nil, fmt.Errorf("the envelope holds %.100q and no statement", b.kind)
	}
	var s Statement
	if err := json.Unmarshal(b.payload, &s); err != nil {
		return nil, errors.New("the statement is no JSON of its kind")
	}
	if len(s.Subjects) > maxSubjects {
		return nil, fmt.Errorf("the statement has %d subjects, more than %d", len(s.Subjects), maxSubjects)
	}
	for _, subject := range s.Subjects {
		if len(subject.Digest) > maxDigests {
			return nil, fmt.Errorf("a subject has %d digests, more than %d", len(subject.Digest), maxDigests)
		}
	}
	return &s, nil
}

// about reports whether the statement has a subject with that SHA-256 digest.
func (s *Statement) about(digest string) bool {
	for _, subject := range s.Subjects {
		if strings.EqualFold(subject.Digest["sha256"], digest) {
			return true
		}
	}
	return false
}
