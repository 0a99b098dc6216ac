package sigstore

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
)

// An entry is the record of a signature in a transparency log (Rekor).
type entry struct {
	tle    *protorekor.TransparencyLogEntry
	tiles  bool // the log is Rekor 2
	signed      // for Rekor 1 only; the expected entry of Rekor 2 is computed from the bundle
}

// signed is the content of an entry of Rekor 1.
type signed struct {
	sig    []byte
	signer []byte // certificate or key in DER
	digest []byte // SHA-256 of the message, or of the payload of the envelope
	dsse   bool   // the entry is for an envelope
}

// readers parse the kinds of entries that bundles may have.
var readers = map[string]func(spec json.RawMessage) (signed, error){
	"hashedrekord/0.0.1": readHashed,
	"dsse/0.0.1":         readDSSE,
	"intoto/0.0.2":       readInToto,
}

func readEntry(tle *protorekor.TransparencyLogEntry) (*entry, error) {
	if len(tle.GetCanonicalizedBody()) == 0 || tle.GetLogIndex() < 0 || len(tle.GetLogId().GetKeyId()) == 0 || tle.GetKindVersion() == nil {
		return nil, errors.New("a log entry lacks its body, its place, its log or its kind")
	}
	if p := tle.GetInclusionProof(); p != nil && p.GetCheckpoint().GetEnvelope() == "" {
		return nil, errors.New("a log entry is proved without a checkpoint")
	}
	var body struct {
		Kind    string          `json:"kind"`
		Version string          `json:"apiVersion"`
		Spec    json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(tle.GetCanonicalizedBody(), &body); err != nil {
		return nil, errors.New("a log entry is no JSON")
	}
	kind := body.Kind + "/" + body.Version
	if kind != tle.GetKindVersion().GetKind()+"/"+tle.GetKindVersion().GetVersion() {
		return nil, fmt.Errorf("a log entry is of the kind %.100q and not of that which the bundle names", kind)
	}
	if kind == "hashedrekord/0.0.2" {
		return &entry{tle: tle, tiles: true}, nil
	}
	read := readers[kind]
	if read == nil {
		return nil, fmt.Errorf("a log entry is of the unknown kind %.100q", kind)
	}
	s, err := read(body.Spec)
	if err != nil {
		return nil, fmt.Errorf("a log entry of the kind %s: %w", kind, err)
	}
	return &entry{tle: tle, signed: s}, nil
}

// A digest is a digest in the format of entries.
type digest struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

// sha256 returns the digest, or an error for another algorithm, which images do not use.
func (d digest) sha256() ([]byte, error) {
	sum, err := hex.DecodeString(d.Value)
	if d.Algorithm != "sha256" || err != nil || len(sum) != 32 {
		return nil, errors.New("its digest is no SHA-256")
	}
	return sum, nil
}

// der returns the contents of a PEM block.
func der(text []byte) ([]byte, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it names no signer")
	}
	return block.Bytes, nil
}

func readHashed(spec json.RawMessage) (s signed, err error) {
	var hashed struct {
		Data struct {
			Hash digest `json:"hash"`
		} `json:"data"`
		Signature struct {
			Content   []byte `json:"content"`
			PublicKey struct {
				Content []byte `json:"content"`
			} `json:"publicKey"`
		} `json:"signature"`
	}
	if err := json.Unmarshal(spec, &hashed); err != nil {
		return s, err
	}
	s.sig = hashed.Signature.Content
	if s.digest, err = hashed.Data.Hash.sha256(); err != nil {
		return s, err
	}
	s.signer, err = der(hashed.Signature.PublicKey.Content)
	return s, err
}

func readDSSE(spec json.RawMessage) (s signed, err error) {
	var dsse struct {
		ProposedContent json.RawMessage `json:"proposedContent"`
		PayloadHash     digest          `json:"payloadHash"`
		Signatures      []struct {
			Signature []byte `json:"signature"`
			Verifier  []byte `json:"verifier"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(spec, &dsse); err != nil {
		return s, err
	}
	if dsse.ProposedContent != nil || len(dsse.Signatures) == 0 {
		return s, errors.New("it is a proposal to a log, not an entry of one")
	}
	s.dsse, s.sig = true, dsse.Signatures[0].Signature
	if s.digest, err = dsse.PayloadHash.sha256(); err != nil {
		return s, err
	}
	s.signer, err = der(dsse.Signatures[0].Verifier)
	return s, err
}

func readInToto(spec json.RawMessage) (s signed, err error) {
	var intoto struct {
		Content struct {
			Envelope struct {
				Payload    []byte `json:"payload"`
				Signatures []struct {
					Sig       []byte `json:"sig"` // in base64 a second time
					PublicKey []byte `json:"publicKey"`
				} `json:"signatures"`
			} `json:"envelope"`
			PayloadHash digest `json:"payloadHash"`
		} `json:"content"`
	}
	if err := json.Unmarshal(spec, &intoto); err != nil {
		return s, err
	}
	c := intoto.Content
	if len(c.Envelope.Payload) > 0 || len(c.Envelope.Signatures) == 0 {
		return s, errors.New("it is a proposal to a log, not an entry of one")
	}
	s.dsse = true
	if s.sig, err = base64.StdEncoding.DecodeString(string(c.Envelope.Signatures[0].Sig)); err != nil {
		return s, err
	}
	if s.digest, err = c.PayloadHash.sha256(); err != nil {
		return s, err
	}
	s.signer, err = der(c.Envelope.Signatures[0].PublicKey)
	return s, err
}

// integrated returns the time at which the log claims to have added the entry; the
// zero time if it does not say.
func (e *entry) integrated() time.Time {
	if e.tle.GetIntegratedTime() == 0 {
		return time.Time{}
	}
	return time.Unix(e.tle.GetIntegratedTime(), 0)
}

func (e *entry) promise() []byte { return e.tle.GetInclusionPromise().GetSignedEntryTimestamp() }
func (e *entry) log() string     { return hex.EncodeToString(e.tle.GetLogId().GetKeyId()) }

// by reports whether the entry is for a signature of the certificate.
func (s signed) by(c *x509.Certificate) bool {
	found, err := x509.ParseCertificate(s.signer)
	return err == nil && c.Equal(found)
}
