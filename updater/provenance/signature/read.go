package signature

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strconv"
	"strings"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/provenance/sigstore"
)

// A signature is an unverified signature.
type signature struct {
	images []string // digests in the signed text
	text   []byte   // signed text of the older format; nil for a bundle
	raw    []byte   // signature of the older format
	bundle *sigstore.Bundle
	broken error // why it cannot be parsed
}

// Media types of cosign (cosign specification, "SIGNATURE_SPEC", and Sigstore
// bundle format).
const (
	simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
	bundleType    = "application/vnd.dev.sigstore.bundle"
	olderArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json"
	signPredicate = "https://sigstore.dev/cosign/sign/v1"
)

// tagged returns the signatures under the tag that cosign uses for the image.
func tagged(ctx context.Context, images ecosystems.Images, repository, digest string) ([]signature, error) {
	a, err := images.Tagged(ctx, repository, strings.Replace(digest, ":", "-", 1)+".sig")
	if err != nil || a == nil {
		return nil, err
	}
	return read(*a), nil
}

// attached returns the signatures among the referrers of the image.
func attached(ctx context.Context, images ecosystems.Images, repository, digest string) ([]signature, error) {
	list, err := images.Attached(ctx, repository, digest, func(kind string) bool {
		return strings.HasPrefix(kind, bundleType) || kind == olderArtifact || kind == simpleSigning
	})
	var found []signature
	for _, a := range list {
		found = append(found, read(a)...)
	}
	return found, err
}

func read(a ecosystems.Attached) (list []signature) {
	for _, l := range a.Layers {
		switch {
		case l.MediaType == simpleSigning:
			list = append(list, older(l))
		case strings.HasPrefix(l.MediaType, bundleType):
			if s, signs := bundled(l.Data); signs {
				list = append(list, s)
			}
		}
	}
	return list
}

// bundled parses a Sigstore bundle. signs is false for other statements about the
// image, such as build provenance.
func bundled(data []byte) (s signature, signs bool) {
	b, err := sigstore.Parse(data)
	if err != nil {
		return signature{broken: err}, true
	}
	s.bundle = b
	if b.Digest() != nil {
		s.images = []string{"sha256:" + hex.EncodeToString(b.Digest())}
		return s, true
	}
	statement, err := b.Statement()
	if err != nil {
		return signature{broken: err}, true
	}
	for _, subject := range statement.Subjects {
		for algorithm, sum := range subject.Digest {
			s.images = append(s.images, algorithm+":"+sum)
		}
	}
	return s, statement.PredicateType == signPredicate
}

// A payload is the text that cosign signs in the older format ("Simple Signing").
type payload struct {
	Critical struct {
		Type  string `json:"type"`
		Image struct {
			Digest string `json:"docker-manifest-digest"`
		} `json:"image"`
	} `json:"critical"`
}

// Annotations of the older format.
const (
	signatureKey   = "dev.cosignproject.cosign/signature"
	certificateKey = "dev.sigstore.cosign/certificate"
	chainKey       = "dev.sigstore.cosign/chain"
	rekorKey       = "dev.sigstore.cosign/bundle"
	timestampKey   = "dev.sigstore.cosign/rfc3161timestamp"
)

// older parses a signature of the older format. It converts one with a certificate
// to a bundle, so that both are verified in the same way.
func older(l ecosystems.AttachedLayer) signature {
	var p payload
	s := signature{text: l.Data}
	// The type is "cosign container image signature", or "atomic container signature" of other
	// tools.
	if err := json.Unmarshal(l.Data, &p); err != nil || p.Critical.Image.Digest == "" || !strings.HasSuffix(p.Critical.Type, "signature") {
		return signature{broken: errors.New("what was signed names no image")}
	}
	s.images = []string{p.Critical.Image.Digest}
	var err error
	if s.raw, err = base64.StdEncoding.DecodeString(l.Annotations[signatureKey]); err != nil || len(s.raw) == 0 {
		return signature{broken: errors.New("there is no signature in it")}
	}
	// It was signed by a key.
	if l.Annotations[certificateKey] == "" {
		return s
	}
	sum := sha256.Sum256(l.Data)
	material, err := materialOf(l.Annotations)
	if err == nil {
		s.bundle, err = sigstore.New(&protobundle.Bundle{
			MediaType:            "application/vnd.dev.sigstore.bundle+json;version=0.1",
			VerificationMaterial: material,
			Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
				MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]},
				Signature:     s.raw,
			}},
		})
	}
	if err != nil {
		return signature{broken: err}
	}
	return s
}

// materialOf returns the verification material in annotations.
func materialOf(annotations map[string]string) (*protobundle.VerificationMaterial, error) {
	var chain []*protocommon.X509Certificate
	for _, text := range []string{annotations[certificateKey], annotations[chainKey]} {
		for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
			chain = append(chain, &protocommon.X509Certificate{RawBytes: block.Bytes})
		}
	}
	if len(chain) == 0 {
		return nil, errors.New("its certificate is none")
	}
	m := &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_X509CertificateChain{
		X509CertificateChain: &protocommon.X509CertificateChain{Certificates: chain},
	}}
	if text := annotations[rekorKey]; text != "" {
		entry, err := logEntry([]byte(text))
		if err != nil {
			return nil, err
		}
		m.TlogEntries = append(m.TlogEntries, entry)
	}
	if text := annotations[timestampKey]; text != "" {
		var stamp struct{ SignedRFC3161Timestamp []byte }
		if err := json.Unmarshal([]byte(text), &stamp); err != nil {
			return nil, errors.New("its time stamp is none")
		}
		m.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: stamp.SignedRFC3161Timestamp}},
		}
	}
	return m, nil
}

// logEntry parses the promise of a transparency log in cosign's format.
func logEntry(data []byte) (*protorekor.TransparencyLogEntry, error) {
	var kept struct {
		SignedEntryTimestamp []byte
		Payload              struct {
			Body           []byte `json:"body"`
			IntegratedTime int64  `json:"integratedTime"`
			LogIndex       int64  `json:"logIndex"`
			LogID          string `json:"logID"`
		}
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, errors.New("its entry in the transparency log cannot be read")
	}
	var kind struct {
		Kind    string `json:"kind"`
		Version string `json:"apiVersion"`
	}
	id, err := hex.DecodeString(kept.Payload.LogID)
	if err != nil || json.Unmarshal(kept.Payload.Body, &kind) != nil {
		return nil, errors.New("its entry in the transparency log cannot be read, at index " + strconv.FormatInt(kept.Payload.LogIndex, 10))
	}
	return &protorekor.TransparencyLogEntry{
		LogIndex: kept.Payload.LogIndex, LogId: &protocommon.LogId{KeyId: id},
		KindVersion:    &protorekor.KindVersion{Kind: kind.Kind, Version: kind.Version},
		IntegratedTime: kept.Payload.IntegratedTime, CanonicalizedBody: kept.Payload.Body,
		InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: kept.SignedEntryTimestamp},
	}, nil
}
