package signature

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	"github.com/sigstore/sigstore-go/pkg/root"
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

// expect checks the signer, or the reason for a refusal.
func expect(t *testing.T, by string, err error, want, refused string) {
	t.Helper()
	var no *Rejection
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

// TestUnknown holds that what cannot be found out is no refusal: nobody may
// take it for an image without a signature.
func TestUnknown(t *testing.T) {
	s := newShop(t)
	asked := 0
	failing := &Verifier{Root: func(context.Context) (root.TrustedMaterial, error) { asked++; return nil, errors.New("no way there") }}
	_, _ = s.verify(failing, Demand{Issuer: issuer, Identity: identity})
	var no *Rejection
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

// TestOneDownload holds that concurrent callers share one download of the trust root,
// that a waiting one can leave, and that the next takes over where the first gave up.
func TestOneDownload(t *testing.T) {
	begun, leave := make(chan struct{}), make(chan struct{})
	calls := 0
	v := &Verifier{Root: func(ctx context.Context) (root.TrustedMaterial, error) {
		if calls++; calls > 1 {
			return &root.BaseTrustedMaterial{}, nil
		}
		close(begun)
		<-ctx.Done()
		<-leave
		return nil, ctx.Err()
	}}
	first, stop := context.WithCancel(t.Context())
	firstDone := make(chan error)
	go func() { _, err := v.root(first); firstDone <- err }()
	<-begun
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.root(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller whose context has ended waits on: %v", err)
	}
	secondDone := make(chan error)
	go func() { _, err := v.root(t.Context()); secondDone <- err }()
	stop()
	close(leave)
	if err := <-firstDone; !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	if err := <-secondDone; err != nil || calls != 2 {
		t.Errorf("second: %v after %d calls", err, calls)
	}
}
