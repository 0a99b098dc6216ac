// Package against holds verification against that of sigstore-go, on bundles of
// the public Sigstore and of one of our own, and on what is made of them by
// changing them. It is a module of its own, so that what sigstore-go links
// stays out of the product's go.mod.
package against

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/freshpin/freshpin/updater/provenance/sigstore"
)

var changes = flag.Int("changes", 30, "how many changed bundles are made of each one")

// A sample is a bundle and who is trusted for it.
type sample struct {
	name    string
	pb      *protobundle.Bundle
	trusted root.TrustedMaterial
	text    []byte // that was signed; nil for an envelope
	good    bool
}

// theirs is what sigstore-go says.
func theirs(pb *protobundle.Bundle, trusted root.TrustedMaterial, text, digest []byte) error {
	b, err := bundle.NewBundle(pb)
	if err != nil {
		return err
	}
	demands := []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	if len(trusted.RekorLogs()) > 0 {
		demands = append(demands, verify.WithTransparencyLog(1))
	}
	if len(trusted.CTLogs()) > 0 {
		demands = append(demands, verify.WithSignedCertificateTimestamps(1))
	}
	v, err := verify.NewVerifier(trusted, demands...)
	if err != nil {
		return err
	}
	artifact := verify.WithArtifactDigest("sha256", digest)
	if text != nil {
		artifact = verify.WithArtifact(bytes.NewReader(text))
	}
	_, err = v.Verify(b, verify.NewPolicy(artifact, verify.WithoutIdentitiesUnsafe()))
	return err
}

// ours is what package sigstore says.
func ours(pb *protobundle.Bundle, trusted root.TrustedMaterial, text, digest []byte) error {
	b, err := sigstore.New(pb)
	if err != nil {
		return err
	}
	a := sigstore.Artifact{SHA256: digest}
	if text != nil {
		a = sigstore.Artifact{Text: text}
	}
	return b.VerifyCertificate(trusted, a)
}

// digestOf is that of a sample's message, or of the first subject.
func digestOf(t *testing.T, pb *protobundle.Bundle) []byte {
	t.Helper()
	if m := pb.GetMessageSignature(); m != nil {
		return m.GetMessageDigest().GetDigest()
	}
	var s sigstore.Statement
	if err := json.Unmarshal(pb.GetDsseEnvelope().GetPayload(), &s); err != nil || len(s.Subjects) == 0 {
		t.Fatal("no subject", err)
	}
	for _, subject := range s.Subjects {
		if sum, err := hex.DecodeString(subject.Digest["sha256"]); err == nil && len(sum) > 0 {
			return sum
		}
	}
	return []byte("none has a sha256")
}

// folder is where sigstore-go lies, whose tests and examples have bundles of the public Sigstore.
func folder(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/sigstore/sigstore-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func samples(t *testing.T) []sample {
	t.Helper()
	var list []sample
	dir := folder(t)
	for file, trust := range map[string]string{
		"examples/bundle-provenance.json":                                     "examples/trusted-root-public-good.json",
		"pkg/testing/data/bundles/dsse.sigstore.json":                         "pkg/testing/data/trusted-roots/public-good.json",
		"pkg/testing/data/bundles/dsse-2sigs.sigstore.json":                   "pkg/testing/data/trusted-roots/public-good.json",
		"pkg/testing/data/bundles/sigstore.js@2.0.0-provenance.sigstore.json": "pkg/testing/data/trusted-roots/public-good.json",
		"pkg/testing/data/bundles/othername.sigstore.json":                    "pkg/testing/data/trusted-roots/scaffolding.json",
	} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		pb := &protobundle.Bundle{}
		if err := protojson.Unmarshal(data, pb); err != nil {
			t.Fatal(err)
		}
		trusted, err := root.NewTrustedRootFromPath(filepath.Join(dir, trust))
		if err != nil {
			t.Fatal(err)
		}
		s := sample{name: filepath.Base(file), pb: pb, trusted: trusted, good: !strings.Contains(file, "2sigs")}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b sample) int { return strings.Compare(a.name, b.name) })
	return append(list, made(t)...)
}

const (
	issuer    = "https://token.actions.example"
	identity  = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.4"
	statement = `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://sigstore.dev/cosign/sign/v1","subject":[{"name":"app","digest":{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}],"predicate":{}}`
)

// withoutCT trusts no logs of certificates: ca issues certificates that none has seen.
type withoutCT struct{ *ca.VirtualSigstore }

func (withoutCT) CTLogs() map[string]*root.TransparencyLog { return nil }

// made are bundles of a Sigstore of our own, with each kind of key.
func made(t *testing.T) (list []sample) {
	t.Helper()
	for _, kind := range []protocommon.PublicKeyDetails{
		protocommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256, protocommon.PublicKeyDetails_PKIX_ECDSA_P384_SHA_384, protocommon.PublicKeyDetails_PKIX_ECDSA_P521_SHA_512,
		protocommon.PublicKeyDetails_PKIX_RSA_PKCS1V15_2048_SHA256, protocommon.PublicKeyDetails_PKIX_ED25519_PH,
	} {
		v, err := ca.NewVirtualSigstoreWithSigningAlg(kind)
		if err != nil {
			t.Log(kind, err)
			continue
		}
		logs := v.RekorLogs()
		for _, l := range logs {
			if l.ID, err = hex.DecodeString(string(l.ID)); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now().Add(5 * time.Minute)
		add := func(name, version string, e *ca.TestEntity, err error, promise, stamp bool) {
			if err != nil {
				t.Log(kind, name, err)
				return
			}
			list = append(list, sample{name: kind.String() + " " + name, pb: bundleOf(t, v, e, version, promise, stamp), trusted: withoutCT{v}, good: !strings.Contains(name, "late")})
		}
		e, err := v.SignAtTime(identity, issuer, []byte("text"), at)
		if err == nil && is256(e) {
			add("message", "v0.1", e, err, true, false)
			list[len(list)-1].text = []byte("text")
			s := list[len(list)-1]
			s.name, s.text = s.name+" by digest", nil
			list = append(list, s)
		}
		if kind != protocommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256 {
			e, err = v.AttestAtTimeHashedRekordV2(identity, issuer, []byte(statement), time.Time{})
			add("envelope in Rekor 2", "v0.3", e, err, false, true)
			continue // the others are of that kind of key alone
		}
		e, err = v.AttestAtTime(identity, issuer, []byte(statement), at, true)
		add("envelope", "v0.3", e, err, true, false)
		e, err = v.AttestAtTime(identity, issuer, []byte(statement), at, true)
		add("envelope with a time stamp", "v0.3", e, err, false, true)
		e, err = v.AttestAtTime(identity, issuer, []byte(statement), at.Add(time.Hour), true)
		add("envelope, late", "v0.3", e, err, true, false)
		e, err = v.AttestAtTimeHashedRekordV2(identity, issuer, []byte(statement), time.Time{})
		add("envelope in Rekor 2", "v0.3", e, err, false, true)
	}
	return list
}

// is256 reports whether a message was signed by its SHA-256, as images are.
func is256(e *ca.TestEntity) bool {
	m, err := e.SignatureContent()
	return err == nil && len(m.MessageSignatureContent().Digest()) == 32
}

func bundleOf(t *testing.T, v *ca.VirtualSigstore, e *ca.TestEntity, version string, promise, stamp bool) *protobundle.Bundle {
	t.Helper()
	content, err := e.VerificationContent()
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := e.SignatureContent()
	entries, _ := e.TlogEntries()
	entry := proto.Clone(entries[0].TransparencyLogEntry()).(*protorekor.TransparencyLogEntry)
	var kind struct {
		Kind    string `json:"kind"`
		Version string `json:"apiVersion"`
	}
	if err := json.Unmarshal(entry.CanonicalizedBody, &kind); err != nil {
		t.Fatal(err)
	}
	entry.KindVersion = &protorekor.KindVersion{Kind: kind.Kind, Version: kind.Version}
	entry.InclusionPromise = nil
	if promise {
		set, err := v.RekorSignPayload(tlog.RekorPayload{
			Body: base64.StdEncoding.EncodeToString(entry.CanonicalizedBody), IntegratedTime: entry.IntegratedTime, LogIndex: entry.LogIndex, LogID: hex.EncodeToString(entry.LogId.KeyId),
		})
		if err != nil {
			t.Fatal(err)
		}
		entry.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: set}
	}
	pb := &protobundle.Bundle{VerificationMaterial: &protobundle.VerificationMaterial{TlogEntries: []*protorekor.TransparencyLogEntry{entry}}}
	cert := &protocommon.X509Certificate{RawBytes: content.Certificate().Raw}
	if version == "v0.3" {
		pb.MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
		pb.VerificationMaterial.Content = &protobundle.VerificationMaterial_Certificate{Certificate: cert}
	} else {
		pb.MediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
		pb.VerificationMaterial.Content = &protobundle.VerificationMaterial_X509CertificateChain{X509CertificateChain: &protocommon.X509CertificateChain{Certificates: []*protocommon.X509Certificate{cert}}}
	}
	if stamp {
		stamps, err := e.Timestamps()
		if err != nil || len(stamps) == 0 {
			t.Fatal("no time stamp", err)
		}
		pb.VerificationMaterial.TimestampVerificationData = &protobundle.TimestampVerificationData{Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: stamps[0]}}}
	}
	if env := signed.EnvelopeContent(); env != nil {
		payload, err := env.RawEnvelope().DecodeB64Payload()
		if err != nil {
			t.Fatal(err)
		}
		pb.Content = &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{Payload: payload, PayloadType: env.RawEnvelope().PayloadType, Signatures: []*protodsse.Signature{{Sig: signed.Signature()}}}}
		return pb
	}
	pb.Content = &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
		MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: signed.MessageSignatureContent().Digest()}, Signature: signed.Signature(),
	}}
	return pb
}

// A place is a field somewhere in a message.
type place struct {
	in    protoreflect.Message
	field protoreflect.FieldDescriptor
}

func places(m protoreflect.Message) (list []place) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		list = append(list, place{m, f})
		switch {
		case f.IsMap():
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				list = append(list, places(v.List().Get(i).Message())...)
			}
		case !f.IsList() && f.Message() != nil:
			list = append(list, places(v.Message())...)
		}
		return true
	})
	slices.SortFunc(list, func(a, b place) int { return strings.Compare(string(a.field.FullName()), string(b.field.FullName())) })
	return list
}

// change changes one field of a bundle: it is cleared, damaged, doubled, or taken from another one.
func change(r *rand.Rand, pb, other *protobundle.Bundle) string {
	all := places(pb.ProtoReflect())
	p := all[r.IntN(len(all))]
	name := string(p.field.FullName())
	if r.IntN(4) == 0 {
		for _, q := range places(other.ProtoReflect()) {
			if q.field.FullName() == p.field.FullName() {
				p.in.Set(p.field, q.in.Get(q.field))
				return name + " of another"
			}
		}
	}
	v := p.in.Get(p.field)
	switch {
	case p.field.IsList():
		if v.List().Len() > 0 && r.IntN(2) == 0 {
			last := v.List().Get(v.List().Len() - 1)
			if m, ok := last.Interface().(protoreflect.Message); ok {
				last = protoreflect.ValueOfMessage(proto.Clone(m.Interface()).ProtoReflect())
			}
			p.in.Mutable(p.field).List().Append(last)
			return name + " doubled"
		}
		p.in.Mutable(p.field).List().Truncate(v.List().Len() - 1)
		return name + " shortened"
	case p.field.Kind() == protoreflect.BytesKind && len(v.Bytes()) > 0 && r.IntN(5) > 0:
		data := slices.Clone(v.Bytes())
		at := r.IntN(len(data))
		if r.IntN(3) == 0 {
			data = data[:at]
		} else {
			data[at] ^= 1 << r.IntN(8)
		}
		p.in.Set(p.field, protoreflect.ValueOfBytes(data))
		return fmt.Sprintf("%s damaged at %d", name, at)
	case p.field.Kind() == protoreflect.StringKind && v.String() != "" && r.IntN(5) > 0:
		data := []byte(v.String())
		at := r.IntN(len(data))
		data[at] = " \n-0A="[r.IntN(6)]
		p.in.Set(p.field, protoreflect.ValueOfString(string(data)))
		return fmt.Sprintf("%s damaged at %d", name, at)
	case p.field.Kind() == protoreflect.Int64Kind && r.IntN(3) > 0:
		p.in.Set(p.field, protoreflect.ValueOfInt64(v.Int()+[]int64{1, -1, 3600, -1 << 62, 1 << 40}[r.IntN(5)]))
		return name + " moved"
	}
	p.in.Clear(p.field)
	return name + " cleared"
}

// TestAgainst: whatever was changed, ours believes nothing that sigstore-go does not, and what it refuses besides is named here.
func TestAgainst(t *testing.T) {
	list := samples(t)
	r := rand.New(rand.NewPCG(1, 2))
	agreed, both, stricter := 0, 0, 0
	for _, s := range list {
		digest := digestOf(t, s.pb)
		compare := func(what string, pb *protobundle.Bundle, text []byte) {
			want, got := theirs(proto.Clone(pb).(*protobundle.Bundle), s.trusted, text, digest), ours(pb, s.trusted, text, digest)
			switch {
			case believed(want) == believed(got):
				agreed++
				if believed(want) {
					both++
				}
			case believed(got):
				t.Errorf("%s, %s: ours believes it, sigstore-go says: %v", s.name, what, want)
			case !known(got):
				t.Errorf("%s, %s: sigstore-go believes it, ours says: %v", s.name, what, got)
			default:
				stricter++
			}
		}
		if err := ours(s.pb, s.trusted, s.text, digest); believed(err) != s.good {
			t.Errorf("%s, as it is: %v", s.name, err)
		}
		compare("as it is", s.pb, s.text)
		if s.text != nil {
			compare("another text", s.pb, []byte("another"))
		}
		for range *changes {
			pb := proto.Clone(s.pb).(*protobundle.Bundle)
			other := func() *protobundle.Bundle { return proto.Clone(list[r.IntN(len(list))].pb).(*protobundle.Bundle) }
			what := change(r, pb, other())
			if r.IntN(4) == 0 {
				what += ", " + change(r, pb, other())
			}
			compare(what, pb, s.text)
		}
	}
	t.Logf("%d of %d agree, %d of them believed by both; ours alone refuses %d", agreed, agreed+stricter, both, stricter)
	if both < 20 {
		t.Error("too few are believed at all")
	}
}

// believed reports whether all held but that the artifact is a subject, which is
// looked at last: subjects of npm have no SHA-256.
func believed(err error) bool {
	return err == nil || strings.HasSuffix(err.Error(), "the statement is not about it") || strings.Contains(err.Error(), "digests does not match digests in statement")
}

// known are the reasons for which ours refuses what sigstore-go believes.
func known(err error) bool {
	for _, why := range []string{
		"of the kind",                       // sigstore-go compares the bundle's name for it with itself
		"another signature than the bundle", // sigstore-go does not look at what a bundle says that Rekor 2 holds, but for its form
	} {
		if strings.Contains(err.Error(), why) {
			return true
		}
	}
	return false
}
