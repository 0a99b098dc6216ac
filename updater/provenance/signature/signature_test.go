package signature

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ocipush"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
)

const (
	issuer   = "https://token.actions.example"
	identity = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.4"
)

// A shop is a registry with one image, and who signs in it.
type shop struct {
	t          *testing.T
	images     *registry.Registry
	repository string
	push       *ocipush.Repository
	image      ocipush.Descriptor // its index, which is what people sign
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := httptest.NewServer(ociserver.New(ocimem.New(), nil))
	t.Cleanup(s.Close)
	host := strings.TrimPrefix(s.URL, "http://")
	client := fetch.New(fetch.Options{Retries: -1})
	push, err := ocipush.At(host + "/acme/app")
	if err != nil {
		t.Fatal(err)
	}
	sh := &shop{t: t, repository: host + "/acme/app", push: push, images: registry.New(registry.Options{HTTP: client, Insecure: func(string) bool { return true }})}
	sh.image = sh.build("1.2.4", "the app")
	return sh
}

func (s *shop) build(tag, content string) ocipush.Descriptor {
	s.t.Helper()
	b, err := s.push.Build(tag, ocipush.Image{Platform: "linux/amd64", Layers: []map[string]string{{"app": content}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return b.Index
}

func payloadFor(digest string) []byte { return ocipush.Payload(digest) }

// A signer is a key of cosign's kind.
type signer struct {
	key *ecdsa.PrivateKey
	pem []byte
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ocipush.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, text}
}

func (k signer) sign(t *testing.T, data []byte) []byte {
	t.Helper()
	sig, err := ocipush.Sign(k.key, data)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// older is a signature as cosign 2 writes it.
func (k signer) older(t *testing.T, payload []byte) ocipush.Document {
	t.Helper()
	d, err := ocipush.Signature(k.key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bundle is a signature as cosign 3 writes it.
func (k signer) bundle(t *testing.T, statement []byte) *protobundle.Bundle {
	t.Helper()
	return &protobundle.Bundle{
		MediaType: bundleType + ".v0.3+json",
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{Hint: keyHint(k.key.Public())}},
		},
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: statement, PayloadType: ocipush.InTotoType,
			Signatures: []*protodsse.Signature{{Sig: k.sign(t, pae(statement))}},
		}},
	}
}

// pae is what is signed of an envelope (DSSE, "SIGNATURE DEFINITION").
func pae(statement []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(ocipush.InTotoType), ocipush.InTotoType, len(statement), statement)
}

func documentOf(t *testing.T, b *protobundle.Bundle) ocipush.Document {
	t.Helper()
	data, err := protojson.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return ocipush.Document{MediaType: b.MediaType, Data: data}
}

func statementFor(t *testing.T, digest string) []byte {
	t.Helper()
	data, err := ocipush.InToto(ocipush.Statement{Type: signPredicate, Predicate: map[string]any{}}, digest)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// put lays signatures of the older form beside an image.
func (s *shop) put(image ocipush.Descriptor, documents ...ocipush.Document) {
	s.t.Helper()
	if _, err := s.push.Beside(ocipush.SignatureTag(image.Digest), documents...); err != nil {
		s.t.Fatal(err)
	}
}

// attach attaches a bundle to an image.
func (s *shop) attach(image ocipush.Descriptor, d ocipush.Document) {
	s.t.Helper()
	if _, err := s.push.Attach(d.MediaType, image, d); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) verify(v *Verifier, d Demand) (string, error) {
	return v.Verify(s.t.Context(), s.images, s.repository, s.image.Digest, d)
}

// expect checks who is believed to have signed, or why nobody is.
func expect(t *testing.T, by string, err error, want, refused string) {
	t.Helper()
	var no *Refusal
	switch {
	case refused == "" && (err != nil || by != want):
		t.Errorf("signed by %q, %v; want %q", by, err, want)
	case refused != "" && (!errors.As(err, &no) || !strings.Contains(no.Why, refused) || by != ""):
		t.Errorf("%q, %v; want a refusal that says %q", by, err, refused)
	}
}

func TestKey(t *testing.T) {
	good, bad := newSigner(t), newSigner(t)
	demand := Demand{Key: good.pem, KeyName: "keys/acme.pub"}
	const by = "the key keys/acme.pub"
	for name, c := range map[string]struct {
		prepare func(s *shop)
		want    string
		refused string
	}{
		"missing": {func(s *shop) {}, "", "it carries no signature"},
		"older":   {func(s *shop) { s.put(s.image, good.older(t, payloadFor(s.image.Digest))) }, by, ""},
		"bundle":  {func(s *shop) { s.attach(s.image, documentOf(t, good.bundle(t, statementFor(t, s.image.Digest)))) }, by, ""},
		"one of several": {func(s *shop) {
			s.put(s.image, bad.older(t, payloadFor(s.image.Digest)), good.older(t, payloadFor(s.image.Digest)))
		}, by, ""},
		"wrong key":         {func(s *shop) { s.put(s.image, bad.older(t, payloadFor(s.image.Digest))) }, "", "another key"},
		"wrong key, bundle": {func(s *shop) { s.attach(s.image, documentOf(t, bad.bundle(t, statementFor(t, s.image.Digest)))) }, "", "another key"},
		"wrong digest": {func(s *shop) {
			other := s.build("1.2.5", "another app")
			s.put(s.image, good.older(t, payloadFor(other.Digest)))
		}, "", "for another image: sha256:"},
		"wrong digest, bundle": {func(s *shop) {
			other := s.build("1.2.5", "another app")
			s.attach(s.image, documentOf(t, good.bundle(t, statementFor(t, other.Digest))))
		}, "", "for another image: sha256:"},
		"tampered": {func(s *shop) {
			d := good.older(t, payloadFor("sha256:"+strings.Repeat("0", 64)))
			d.Data = payloadFor(s.image.Digest)
			s.put(s.image, d)
		}, "", "or is for another text"},
		"tampered bundle": {func(s *shop) {
			b := good.bundle(t, statementFor(t, "sha256:"+strings.Repeat("0", 64)))
			b.GetDsseEnvelope().Payload = statementFor(t, s.image.Digest)
			s.attach(s.image, documentOf(t, b))
		}, "", "was changed since"},
		"broken": {func(s *shop) {
			s.put(s.image, ocipush.Document{MediaType: simpleSigning, Data: payloadFor(s.image.Digest)})
		}, "", "cannot be read: there is no signature in it"},
		"no bundle": {func(s *shop) {
			s.attach(s.image, ocipush.Document{MediaType: bundleType + ".v0.3+json", Data: []byte("{}")})
		}, "", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			c.prepare(s)
			by, err := s.verify(&Verifier{}, demand)
			expect(t, by, err, c.want, c.refused)
		})
	}
	s := newShop(t)
	who, err := s.verify(&Verifier{}, Demand{Key: []byte("no key"), KeyName: "keys/acme.pub"})
	expect(t, who, err, "", "keys/acme.pub holds no public key in PEM")
}

// An authority is a Sigstore of one's own.
type authority struct {
	*ca.VirtualSigstore
	json []byte // its trust root
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	v, err := ca.NewVirtualSigstoreWithExistingRekorEntry()
	if err != nil {
		t.Fatal(err)
	}
	logs := v.RekorLogs()
	for _, l := range logs {
		id, err := fromHex(string(l.ID))
		if err != nil {
			t.Fatal(err)
		}
		l.ID = id // as a trust root has it
	}
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01, v.FulcioCertificateAuthorities(), nil, v.TimestampingAuthorities(), logs)
	if err != nil {
		t.Fatal(err)
	}
	data, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return authority{v, data}
}

// verifier believes the authority alone, by its trust root as a file holds it.
func (a authority) verifier() *Verifier {
	return &Verifier{Root: func(context.Context) (root.TrustedMaterial, error) { return root.NewTrustedRootFromJSON(a.json) }}
}

// older is a keyless signature as cosign 2 writes it.
func (a authority) older(t *testing.T, identity, issuer string, payload []byte, at time.Time) ocipush.Document {
	t.Helper()
	e, err := a.SignAtTime(identity, issuer, payload, at)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := e.VerificationContent()
	signed, _ := e.SignatureContent()
	entries, _ := e.TlogEntries()
	return ocipush.Document{MediaType: simpleSigning, Data: payload, Annotations: map[string]string{
		signatureKey:   base64.StdEncoding.EncodeToString(signed.Signature()),
		certificateKey: pemOf(content.Certificate()),
		rekorKey:       rekorBundle(t, a.entry(t, entries[0])),
	}}
}

func pemOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func rekorBundle(t *testing.T, e *protorekor.TransparencyLogEntry) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"SignedEntryTimestamp": e.GetInclusionPromise().GetSignedEntryTimestamp(),
		"Payload":              map[string]any{"body": e.CanonicalizedBody, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": hexOf(e.LogId.KeyId)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// bundle is a keyless signature as cosign 3 writes it.
func (a authority) bundle(t *testing.T, identity, issuer string, statement []byte, at time.Time) *protobundle.Bundle {
	t.Helper()
	e, err := a.AttestAtTime(identity, issuer, statement, at, true)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := e.VerificationContent()
	signed, _ := e.SignatureContent()
	entries, _ := e.TlogEntries()
	return &protobundle.Bundle{
		MediaType: bundleType + ".v0.3+json",
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content:     &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: content.Certificate().Raw}},
			TlogEntries: []*protorekor.TransparencyLogEntry{a.entry(t, entries[0])},
		},
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: statement, PayloadType: ocipush.InTotoType, Signatures: []*protodsse.Signature{{Sig: signed.Signature()}},
		}},
	}
}

// entry is an entry of the log with the log's promise, as clients get it.
func (a authority) entry(t *testing.T, e *tlog.Entry) *protorekor.TransparencyLogEntry {
	t.Helper()
	found := e.TransparencyLogEntry()
	var kind struct {
		Kind    string `json:"kind"`
		Version string `json:"apiVersion"`
	}
	if err := json.Unmarshal(found.CanonicalizedBody, &kind); err != nil {
		t.Fatal(err)
	}
	found.KindVersion = &protorekor.KindVersion{Kind: kind.Kind, Version: kind.Version}
	promise, err := a.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(found.CanonicalizedBody), IntegratedTime: found.IntegratedTime,
		LogIndex: found.LogIndex, LogID: hexOf(found.LogId.KeyId),
	})
	if err != nil {
		t.Fatal(err)
	}
	found.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: promise}
	return found
}

func TestKeyless(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	soon, muchLater := time.Now().Add(5*time.Minute), time.Now().Add(50*time.Minute)
	demand := Demand{Issuer: issuer, Identity: identity}
	const by = identity + " (" + issuer + ")"
	for name, c := range map[string]struct {
		prepare func(s *shop)
		demand  Demand
		want    string
		refused string
	}{
		"missing": {func(s *shop) {}, demand, "", "it carries no signature"},
		"older":   {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, payloadFor(s.image.Digest), soon)) }, demand, by, ""},
		"bundle": {func(s *shop) {
			s.attach(s.image, documentOf(t, a.bundle(t, identity, issuer, statementFor(t, s.image.Digest), soon)))
		}, demand, by, ""},
		"any tag": {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, payloadFor(s.image.Digest), soon)) },
			Demand{Issuer: issuer, Identity: "https://github.com/acme/app/*"}, by, ""},
		"an expression": {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, payloadFor(s.image.Digest), soon)) },
			Demand{Issuer: issuer, Identity: `/https://github\.com/acme/.*@refs/tags/v[0-9.]+/`}, by, ""},
		"wrong identity": {func(s *shop) {
			s.put(s.image, a.older(t, "https://github.com/eve/app", issuer, payloadFor(s.image.Digest), soon))
		},
			demand, "", "it is signed by https://github.com/eve/app (" + issuer + "), not by " + identity},
		"an identity that only begins so": {func(s *shop) {
			s.put(s.image, a.older(t, identity+".evil.example", issuer, payloadFor(s.image.Digest), soon))
		},
			demand, "", "not by " + identity},
		"wrong issuer": {func(s *shop) {
			s.put(s.image, a.older(t, identity, "https://evil.example", payloadFor(s.image.Digest), soon))
		},
			demand, "", "(https://evil.example), not by"},
		"wrong digest": {func(s *shop) {
			other := s.build("1.2.5", "another app")
			s.put(s.image, a.older(t, identity, issuer, payloadFor(other.Digest), soon))
		}, demand, "", "for another image: sha256:"},
		"expired": {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, payloadFor(s.image.Digest), muchLater)) },
			demand, "", "when the certificate for that had expired"},
		"expired bundle": {func(s *shop) {
			s.attach(s.image, documentOf(t, a.bundle(t, identity, issuer, statementFor(t, s.image.Digest), muchLater)))
		}, demand, "", "when the certificate for that had expired"},
		"tampered": {func(s *shop) {
			d := a.older(t, identity, issuer, payloadFor("sha256:"+strings.Repeat("0", 64)), soon)
			d.Data = payloadFor(s.image.Digest)
			s.put(s.image, d)
		}, demand, "", "does not hold"},
		"tampered bundle": {func(s *shop) {
			b := a.bundle(t, identity, issuer, statementFor(t, "sha256:"+strings.Repeat("0", 64)), soon)
			b.GetDsseEnvelope().Payload = statementFor(t, s.image.Digest)
			s.attach(s.image, documentOf(t, b))
		}, demand, "", "does not hold"},
		"another authority": {func(s *shop) { s.put(s.image, stranger.older(t, identity, issuer, payloadFor(s.image.Digest), soon)) },
			demand, "", "does not hold"},
		"without the log": {func(s *shop) {
			d := a.older(t, identity, issuer, payloadFor(s.image.Digest), soon)
			delete(d.Annotations, rekorKey)
			s.put(s.image, d)
		}, demand, "", "does not hold"},
		"a key": {func(s *shop) { s.put(s.image, newSigner(t).older(t, payloadFor(s.image.Digest))) }, demand, "", "it is signed with a key, not by"},
		"what is said, but does not sign": {func(s *shop) {
			st, err := ocipush.InToto(ocipush.Statement{Type: "https://slsa.dev/provenance/v1", Predicate: map[string]any{}}, s.image.Digest)
			if err != nil {
				t.Fatal(err)
			}
			s.attach(s.image, documentOf(t, a.bundle(t, identity, issuer, st, soon)))
		}, demand, "", "it carries no signature"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			c.prepare(s)
			by, err := s.verify(a.verifier(), c.demand)
			expect(t, by, err, c.want, c.refused)
		})
	}
}

// TestUnknown holds that what cannot be found out is no refusal: nobody may
// take it for an image without a signature.
func TestUnknown(t *testing.T) {
	s := newShop(t)
	asked := 0
	failing := &Verifier{Root: func(context.Context) (root.TrustedMaterial, error) { asked++; return nil, errors.New("no way there") }}
	_, _ = s.verify(failing, Demand{Issuer: issuer, Identity: identity})
	var no *Refusal
	if by, err := s.verify(failing, Demand{Issuer: issuer, Identity: identity}); err == nil || errors.As(err, &no) || !strings.Contains(err.Error(), "no way there") {
		t.Errorf("%q, %v", by, err)
	}
	if asked != 1 {
		t.Errorf("asked %d times within a minute", asked)
	}
	s.repository = "127.0.0.1:1/acme/app"
	if by, err := s.verify(&Verifier{}, Demand{Key: newSigner(t).pem, KeyName: "k"}); err == nil || errors.As(err, &no) {
		t.Errorf("%q, %v", by, err)
	}
}
