// Package keyless holds a test alone: images signed without a key, as an
// authority of one's own would sign them. It is in a module of its own because
// that authority (sigstore-go/pkg/testing/ca) brings forty modules.
package keyless

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
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
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

const (
	issuer   = "https://token.actions.example"
	identity = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.4"
)

// What cosign calls the parts of a signature.
// See https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
const (
	simpleSigning  = "application/vnd.dev.cosign.simplesigning.v1+json"
	bundleType     = "application/vnd.dev.sigstore.bundle"
	signPredicate  = "https://sigstore.dev/cosign/sign/v1"
	signatureKey   = "dev.cosignproject.cosign/signature"
	certificateKey = "dev.sigstore.cosign/certificate"
	rekorKey       = "dev.sigstore.cosign/bundle"
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

func (s *shop) verify(v *signature.Verifier, d signature.Demand) (string, error) {
	return v.Verify(s.t.Context(), s.images, s.repository, s.image.Digest, d)
}

// expect checks who is believed to have signed, or why nobody is.
func expect(t *testing.T, by string, err error, want, refused string) {
	t.Helper()
	var no *signature.Rejection
	switch {
	case refused == "" && (err != nil || by != want):
		t.Errorf("signed by %q, %v; want %q", by, err, want)
	case refused != "" && (!errors.As(err, &no) || !strings.Contains(no.Why, refused) || by != ""):
		t.Errorf("%q, %v; want a refusal that says %q", by, err, refused)
	}
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
		id, err := hex.DecodeString(string(l.ID))
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
func (a authority) verifier() *signature.Verifier {
	return &signature.Verifier{Root: func(context.Context) (root.TrustedMaterial, error) { return root.NewTrustedRootFromJSON(a.json) }}
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
		"Payload":              map[string]any{"body": e.CanonicalizedBody, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": hex.EncodeToString(e.LogId.KeyId)},
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
		LogIndex: found.LogIndex, LogID: hex.EncodeToString(found.LogId.KeyId),
	})
	if err != nil {
		t.Fatal(err)
	}
	found.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: promise}
	return found
}

// withKey is a signature with a key, as cosign 2 writes it.
func withKey(t *testing.T, payload []byte) ocipush.Document {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d, err := ocipush.Signature(key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKeyless(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	soon, muchLater := time.Now().Add(5*time.Minute), time.Now().Add(50*time.Minute)
	demand := signature.Demand{Issuer: issuer, Identity: identity}
	const by = identity + " (" + issuer + ")"
	for name, c := range map[string]struct {
		prepare func(s *shop)
		demand  signature.Demand
		want    string
		refused string
	}{
		"missing": {func(s *shop) {}, demand, "", "it carries no signature"},
		"older":   {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, ocipush.Payload(s.image.Digest), soon)) }, demand, by, ""},
		"bundle": {func(s *shop) {
			s.attach(s.image, documentOf(t, a.bundle(t, identity, issuer, statementFor(t, s.image.Digest), soon)))
		}, demand, by, ""},
		"any tag": {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, ocipush.Payload(s.image.Digest), soon)) },
			signature.Demand{Issuer: issuer, Identity: "https://github.com/acme/app/*"}, by, ""},
		"an expression": {func(s *shop) { s.put(s.image, a.older(t, identity, issuer, ocipush.Payload(s.image.Digest), soon)) },
			signature.Demand{Issuer: issuer, Identity: `/https://github\.com/acme/.*@refs/tags/v[0-9.]+/`}, by, ""},
		"wrong identity": {func(s *shop) {
			s.put(s.image, a.older(t, "https://github.com/eve/app", issuer, ocipush.Payload(s.image.Digest), soon))
		},
			demand, "", "it is signed by https://github.com/eve/app (" + issuer + "), not by " + identity},
		"an identity that only begins so": {func(s *shop) {
			s.put(s.image, a.older(t, identity+".evil.example", issuer, ocipush.Payload(s.image.Digest), soon))
		},
			demand, "", "not by " + identity},
		"wrong issuer": {func(s *shop) {
			s.put(s.image, a.older(t, identity, "https://evil.example", ocipush.Payload(s.image.Digest), soon))
		},
			demand, "", "(https://evil.example), not by"},
		"wrong digest": {func(s *shop) {
			other := s.build("1.2.5", "another app")
			s.put(s.image, a.older(t, identity, issuer, ocipush.Payload(other.Digest), soon))
		}, demand, "", "for another image: sha256:"},
		"expired": {func(s *shop) {
			s.put(s.image, a.older(t, identity, issuer, ocipush.Payload(s.image.Digest), muchLater))
		},
			demand, "", "when the certificate for that had expired"},
		"expired bundle": {func(s *shop) {
			s.attach(s.image, documentOf(t, a.bundle(t, identity, issuer, statementFor(t, s.image.Digest), muchLater)))
		}, demand, "", "when the certificate for that had expired"},
		"tampered": {func(s *shop) {
			d := a.older(t, identity, issuer, ocipush.Payload("sha256:"+strings.Repeat("0", 64)), soon)
			d.Data = ocipush.Payload(s.image.Digest)
			s.put(s.image, d)
		}, demand, "", "does not hold"},
		"tampered bundle": {func(s *shop) {
			b := a.bundle(t, identity, issuer, statementFor(t, "sha256:"+strings.Repeat("0", 64)), soon)
			b.GetDsseEnvelope().Payload = statementFor(t, s.image.Digest)
			s.attach(s.image, documentOf(t, b))
		}, demand, "", "does not hold"},
		"another authority": {func(s *shop) {
			s.put(s.image, stranger.older(t, identity, issuer, ocipush.Payload(s.image.Digest), soon))
		},
			demand, "", "does not hold"},
		"without the log": {func(s *shop) {
			d := a.older(t, identity, issuer, ocipush.Payload(s.image.Digest), soon)
			delete(d.Annotations, rekorKey)
			s.put(s.image, d)
		}, demand, "", "does not hold"},
		"a key": {func(s *shop) { s.put(s.image, withKey(t, ocipush.Payload(s.image.Digest))) }, demand, "", "it is signed with a key, not by"},
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
