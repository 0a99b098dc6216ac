package sigstore

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	"github.com/sigstore/rekor-tiles/v2/pkg/note"
	tiles "github.com/sigstore/rekor-tiles/v2/pkg/verify"
	rekor "github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// verifyLogs verifies the entries of trusted logs, of which there must be at least
// one, and returns the times that the logs have signed.
func (b *Bundle) verifyLogs(trusted root.TrustedMaterial) ([]time.Time, error) {
	if err := b.unlike(); err != nil {
		return nil, err
	}
	seen, times := map[string]bool{}, map[string]time.Time{}
	for _, e := range b.entries {
		log, ok := trusted.RekorLogs()[e.log()]
		if !ok {
			continue
		}
		counts, err := b.verifyEntry(e, log)
		switch {
		case err != nil:
			return nil, err
		case !counts:
			continue
		}
		seen[e.log()] = true
		// Only the promise signs the time; an inclusion proof does not.
		if _, known := times[e.log()]; !known && len(e.promise()) > 0 {
			times[e.log()] = e.integrated()
		}
	}
	if len(seen) == 0 {
		return nil, errors.New("no entry of a transparency log that is trusted")
	}
	list := make([]time.Time, 0, len(times))
	for _, t := range times {
		list = append(list, t)
	}
	return list, nil
}

// unlike returns an error for duplicate entries.
func (b *Bundle) unlike() error {
	type place struct {
		log   string
		index int64
	}
	seen := map[place]bool{}
	for _, e := range b.entries {
		at := place{e.log(), e.tle.GetLogIndex()}
		if seen[at] {
			return errors.New("an entry of a transparency log stands in it twice")
		}
		seen[at] = true
	}
	return nil
}

// verifyEntry verifies that a log has an entry, and that the entry is for this
// signature. counts is false for an entry with an invalid promise.
func (b *Bundle) verifyEntry(e *entry, log *root.TransparencyLog) (counts bool, err error) {
	proved := e.tle.GetInclusionProof() != nil
	if !proved && (len(e.promise()) == 0 || e.tiles) {
		return false, errors.New("an entry of a transparency log is not proved to be in it")
	}
	if len(e.promise()) > 0 && e.verifyPromise(log) != nil {
		return false, nil
	}
	if proved {
		key, err := signature.LoadVerifier(log.PublicKey, log.SignatureHashFunc)
		if err != nil {
			return false, err
		}
		if e.tiles {
			err = b.verifyTiles(e, log, key)
		} else {
			err = e.verifyTree(key)
		}
		if err != nil {
			return false, fmt.Errorf("the proof of a transparency log: %w", err)
		}
	}
	if !e.tiles { // for Rekor 2, verifyTiles compares
		if err := b.is(e.signed); err != nil {
			return false, err
		}
	}
	if at := e.integrated(); !at.IsZero() && (b.cert.NotAfter.Before(at) || b.cert.NotBefore.After(at)) {
		return false, errors.New("a transparency log saw it outside of the certificate's time")
	}
	return true, nil
}

// is returns an error for an entry about another signature.
func (b *Bundle) is(s signed) error {
	digest := b.digest
	if b.kind != "" {
		sum := sha256.Sum256(b.payload)
		digest = sum[:]
	}
	switch {
	case !bytes.Equal(s.sig, b.sig):
		return errors.New("the transparency log has another signature")
	case !s.by(b.cert):
		return errors.New("the transparency log has another certificate")
	case s.dsse != (b.kind != "") || !bytes.Equal(s.digest, digest):
		return errors.New("the transparency log has it for something else")
	}
	return nil
}

// verifyPromise verifies the log's signature over an entry and its time (the
// Signed Entry Timestamp of Rekor 1).
func (e *entry) verifyPromise(log *root.TransparencyLog) error {
	at := e.integrated()
	switch {
	case e.tiles:
		return errors.New("a log of Rekor 2 promises nothing")
	case log.ValidityPeriodStart.IsZero(), log.ValidityPeriodStart.After(at), !log.ValidityPeriodEnd.IsZero() && log.ValidityPeriodEnd.Before(at):
		return errors.New("the log's key was not valid then")
	}
	text, err := canonical(map[string]any{
		"body": e.tle.GetCanonicalizedBody(), "integratedTime": e.tle.GetIntegratedTime(), "logIndex": e.tle.GetLogIndex(), "logID": e.log(),
	})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if key, ok := log.PublicKey.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(key, sum[:], e.promise()) {
		return errors.New("its promise is not the log's")
	}
	return nil
}

// canonical returns JSON in the canonical form of RFC 8785.
func canonical(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return jsoncanonicalizer.Transform(data)
}

// verifyTree verifies the inclusion proof of Rekor 1: the entry is in the tree,
// and the log has signed the root of the tree.
func (e *entry) verifyTree(key signature.Verifier) error {
	p := e.tle.GetInclusionProof()
	if p.GetLogIndex() < 0 || p.GetTreeSize() < 0 {
		return errors.New("it is of no place")
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(e.tle.GetCanonicalizedBody())
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.GetLogIndex()), uint64(p.GetTreeSize()), leaf, p.GetHashes(), p.GetRootHash()); err != nil {
		return err
	}
	var head rekor.SignedCheckpoint
	if err := head.UnmarshalText([]byte(p.GetCheckpoint().GetEnvelope())); err != nil {
		return err
	}
	if !head.Verify(key) {
		return errors.New("its checkpoint is not the log's")
	}
	if !bytes.Equal(p.GetRootHash(), head.Hash) {
		return errors.New("its checkpoint is of another tree")
	}
	return nil
}

// verifyTiles verifies the inclusion proof of Rekor 2 for the entry that is
// computed from the bundle.
func (b *Bundle) verifyTiles(e *entry, log *root.TransparencyLog, key signature.Verifier) error {
	base, err := url.Parse(log.BaseURL)
	if err != nil || base.Hostname() == "" {
		return errors.New("the trust root does not name the log's host")
	}
	verifier, err := note.NewNoteVerifier(base.Hostname(), key)
	if err != nil {
		return err
	}
	body, err := b.tile()
	if err != nil {
		return err
	}
	if !bytes.Equal(body, e.tle.GetCanonicalizedBody()) {
		return errors.New("its entry is of another signature than the bundle's")
	}
	return tiles.VerifyLogEntryWithHash(e.tle, verifier, rfc6962.DefaultHasher.HashLeaf(body))
}

// tile returns the entry that Rekor 2 creates for a bundle ("hashedrekord" 0.0.2).
func (b *Bundle) tile() ([]byte, error) {
	details, err := signature.GetDefaultAlgorithmDetails(b.cert.PublicKey, options.WithED25519ph())
	if err != nil {
		return nil, err
	}
	if details.GetHashType() == crypto.Hash(0) {
		return nil, errors.New("its kind of key is not for Rekor 2")
	}
	digest := b.digest
	if b.kind != "" {
		h := details.GetHashType().New()
		h.Write(b.envelope())
		digest = h.Sum(nil)
	}
	return canonical(map[string]any{
		"kind": "hashedrekord", "apiVersion": "0.0.2", "spec": map[string]any{"hashedRekordV002": map[string]any{
			"data": map[string]any{"algorithm": details.GetProtoHashType().String(), "digest": digest},
			"signature": map[string]any{"content": b.sig, "verifier": map[string]any{
				"keyDetails": details.GetSignatureAlgorithm().String(), "x509Certificate": map[string]any{"rawBytes": b.cert.Raw},
			}},
		}},
	})
}
