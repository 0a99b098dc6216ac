package sigstore

import (
	"strings"
	"testing"
)

// TestRefused: what is no bundle of a version that is known is refused, with the reason. What is believed
// is held against sigstore-go in the module below, and by the tests of package signature.
func TestRefused(t *testing.T) {
	const (
		key     = `"verificationMaterial":{"publicKey":{"hint":"h"}}`
		message = `"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"YQ=="},"signature":"YQ=="}`
		v3      = `"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"`
		v1      = `"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.1"`
		entry   = `{"logIndex":"1","logId":{"keyId":"YQ=="},"kindVersion":{"kind":"KIND","version":"0.0.1"},"canonicalizedBody":"BODY"}`
	)
	logged := func(kind, body string) string {
		return v3 + `,` + message + `,"verificationMaterial":{"publicKey":{"hint":"h"},"tlogEntries":[` + strings.NewReplacer("KIND", kind, "BODY", body).Replace(entry) + `]}`
	}
	for _, test := range []struct{ text, why string }{
		{v3 + `,` + message + `,` + key, ""},
		{v1 + `,` + message + `,` + key, ""},
		{``, "unsupported media type"},
		{`"mediaType":"application/vnd.dev.sigstore.bundle.v0.4+json",` + message + `,` + key, "unsupported media type"},
		{`"mediaType":"application/vnd.dev.sigstore.bundle.v0.3",` + message + `,` + key, "unsupported media type"},
		{`"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.0",` + message + `,` + key, "unsupported media type"},
		{v3 + `,` + key, "neither a message nor an envelope"},
		{v3 + `,` + message, "neither a certificate nor a key"},
		{v3 + `,` + key + `,"messageSignature":{"messageDigest":{"algorithm":"SHA2_512","digest":"YQ=="},"signature":"YQ=="}`, "no SHA-256"},
		{v3 + `,` + key + `,"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"YQ=="}}`, "the signature is empty"},
		{v3 + `,` + key + `,"dsseEnvelope":{"payload":"YQ==","signatures":[]}`, "0 signatures"},
		{v3 + `,` + key + `,"dsseEnvelope":{"payload":"YQ==","signatures":[{"sig":"YQ=="},{"sig":"YQ=="}]}`, "2 signatures"},
		{v3 + `,` + message + `,"verificationMaterial":{"certificate":{"rawBytes":"YQ=="}}`, "x509"},
		{v3 + `,` + message + `,"verificationMaterial":{"x509CertificateChain":{"certificates":[{"rawBytes":"YQ=="}]}}`, "version 0.3 forbids"},
		{v1 + `,` + message + `,"verificationMaterial":{"x509CertificateChain":{}}`, "neither a certificate nor a key"},
		{v3 + `,` + message + `,"verificationMaterial":{"publicKey":{},"tlogEntries":[{}]}`, "lacks its body"},
		{v3 + `,` + message + `,"verificationMaterial":{"publicKey":{},"tlogEntries":[` + strings.Repeat(`{},`, 32) + `{}]}`, "33 log entries"},
		{v3 + `,` + message + `,"verificationMaterial":{"publicKey":{},"timestampVerificationData":{"rfc3161Timestamps":[` + strings.Repeat(`{},`, 32) + `{}]}}`, "33 time stamps"},
		{logged("hashedrekord", "YQ=="), "is no JSON"},
		{logged("hashedrekord", "eyJraW5kIjoiZHNzZSIsImFwaVZlcnNpb24iOiIwLjAuMSJ9"), `of the kind "dsse/0.0.1"`},
		{logged("rpm", "eyJraW5kIjoicnBtIiwiYXBpVmVyc2lvbiI6IjAuMC4xIn0="), `unknown kind "rpm/0.0.1"`},
		{logged("dsse", "eyJraW5kIjoiZHNzZSIsImFwaVZlcnNpb24iOiIwLjAuMSIsInNwZWMiOnt9fQ=="), "a proposal to a log"},
	} {
		_, err := Parse([]byte("{" + test.text + "}"))
		if test.why == "" && err != nil || test.why != "" && (err == nil || !strings.Contains(err.Error(), test.why)) {
			t.Errorf("{%.200s}: %v, want %q", test.text, err, test.why)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"YQ=="},"signature":"YQ=="},"verificationMaterial":{"publicKey":{"hint":"h"}}}`))
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2","dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"YQ=="}]},"verificationMaterial":{"publicKey":{}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse(data)
		if err != nil {
			return
		}
		if len(b.sig) == 0 || len(b.Logged()) > maxEntries {
			t.Errorf("%+v", b)
		}
		if s, err := b.Statement(); err == nil && len(s.Subjects) > maxSubjects {
			t.Errorf("%d subjects", len(s.Subjects))
		}
		if b.verifySignature(nil, Artifact{SHA256: b.Digest()}) == nil {
			t.Error("it is believed without a key")
		}
	})
}
