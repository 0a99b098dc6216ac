package signedlist

import (
	"bytes"
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/freshpin/freshpin/ecosystems"
)

// key makes a key that was made so long ago, and lasts so long (0: for ever).
func key(t testing.TB, ago, lasts time.Duration, bits int) *openpgp.Entity {
	t.Helper()
	made := time.Now().Add(-ago)
	c := &packet.Config{Time: func() time.Time { return made }, KeyLifetimeSecs: uint32(lasts.Seconds()), Algorithm: packet.PubKeyAlgoEdDSA}
	if bits > 0 {
		c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, bits
	}
	e, err := openpgp.NewEntity("Acme", "", "a@acme.example", c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// public is the file with a key.
func public(t testing.TB, e *openpgp.Entity, armored bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if !armored {
		if err := e.Serialize(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = e.Serialize(w)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

// at is a configuration for signing at a time.
func at(ago time.Duration) *packet.Config {
	now := time.Now().Add(-ago)
	return &packet.Config{Time: func() time.Time { return now }}
}

func detached(t testing.TB, e *openpgp.Entity, text string, armored bool, c *packet.Config) []byte {
	t.Helper()
	var b bytes.Buffer
	sign := openpgp.DetachSign
	if armored {
		sign = openpgp.ArmoredDetachSign
	}
	if err := sign(&b, e, strings.NewReader(text), c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func clear(t testing.TB, e *openpgp.Entity, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, e.PrivateKey, at(0))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const text = "0123  file-1.0.tar.gz\n4567  file-1.0.zip\n"

// TestVerify is what counts as signed, and the sentence for what does not.
func TestVerify(t *testing.T) {
	const year = 365 * 24 * time.Hour
	good, other, expired := key(t, year, 0, 0), key(t, year, 0, 0), key(t, 2*year, year, 0)
	revoked := key(t, year, 0, 0)
	before := string(detached(t, revoked, text, true, at(0)))
	if err := revoked.RevokeKey(packet.KeyCompromised, "lost", nil); err != nil {
		t.Fatal(err)
	}
	ring, err := New([]ecosystems.Key{
		{File: "keys/good.asc", Data: public(t, good, true)},
		{File: "keys/rest.gpg", Data: append(append([]byte{}, public(t, expired, false)...), public(t, revoked, false)...)},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	message := clear(t, good, text)
	for _, c := range []struct {
		name            string
		list, signature string
		want            string // the content
		refused         string // the sentence holds this
		unknown         bool
	}{
		{name: "armored beside it", list: text, signature: string(detached(t, good, text, true, at(0))), want: text},
		{name: "binary beside it", list: text, signature: string(detached(t, good, text, false, at(0))), want: text},
		{name: "around it", list: message, want: text},
		{name: "around a copy beside it", list: "evil\n", signature: message, want: text},
		{name: "with Windows line ends", list: strings.ReplaceAll(message, "\n", "\r\n"), want: text},
		{name: "two signatures, one by a key that is known", list: text, signature: string(detached(t, other, text, false, at(0))) + string(detached(t, good, text, false, at(0))), want: text},
		{name: "another list", list: strings.Replace(text, "0123", "9999", 1), signature: string(detached(t, good, text, true, at(0))), refused: "is wrong: the list is not the one that was signed"},
		{name: "a changed message", list: strings.Replace(message, "0123", "9999", 1), refused: "is wrong"},
		{name: "text behind", list: message + "9999  file-1.0.tar.gz\n", refused: "behind the signed message"},
		{name: "a second message behind", list: message + clear(t, other, text), refused: "behind the signed message"},
		{name: "text in front", list: "9999  file-1.0.tar.gz\n" + message, refused: "in front of the signed message"},
		{name: "another header", list: strings.Replace(message, "Hash:", "NotHash: 1\nHash:", 1), refused: "cannot be read"},
		{name: "no end", list: message[:len(message)-60], refused: "cannot be read"},
		{name: "another key", list: text, signature: string(detached(t, other, text, true, at(0))), refused: "not among those named", unknown: true},
		{name: "an expired key", list: text, signature: string(detached(t, expired, text, true, at(year+24*time.Hour))), refused: "has expired"},
		{name: "a revoked key", list: text, signature: before, refused: "was revoked"},
		{name: "from the future", list: text, signature: string(detached(t, good, text, true, at(-72*time.Hour))), refused: "from the future"},
		{name: "none", list: text},
		{name: "by cosign", list: text, signature: "MEUCIQDx0Hh7C0V7m1v5p1oQ3y4=\n"},
		{name: "by minisign", list: text, signature: "untrusted comment: signature from minisign secret key\nRWQ=\n"},
		{name: "garbage that begins like one", list: text, signature: "\x88\xff\xff\xff", refused: "cannot be read"},
		{name: "huge", list: text, signature: strings.Repeat("\x88", MaxSignature+1), refused: "more than 65536 bytes"},
		{name: "huge armored", list: text, signature: "-----BEGIN PGP SIGNATURE-----\n\n" + strings.Repeat("iA==\n", 20_000), refused: "more than 65536 bytes"},
		{name: "a key for a signature", list: text, signature: string(public(t, good, false))},
	} {
		t.Run(c.name, func(t *testing.T) {
			content, by, err := ring.Verify([]byte(c.list), []byte(c.signature))
			var refused *Rejection
			switch {
			case c.want != "":
				if err != nil || string(content) != c.want || !strings.HasSuffix(by, " of keys/good.asc") {
					t.Errorf("%q by %q, %v", content, by, err)
				}
			case c.refused != "":
				if !errors.As(err, &refused) || !strings.Contains(refused.Why, c.refused) || refused.Unknown != c.unknown || content != nil && by != "" {
					t.Errorf("%q by %q, %v", content, by, err)
				}
			case !errors.Is(err, ErrUnsigned):
				t.Errorf("%q by %q, %v", content, by, err)
			}
		})
	}
}

// TestWeakHash: a signature over SHA-1 says nothing about the list, by whatever key it is.
func TestWeakHash(t *testing.T) {
	good := key(t, time.Hour, 0, 0)
	ring, err := New([]ecosystems.Key{{File: "k", Data: public(t, good, true)}}, true)
	if err != nil {
		t.Fatal(err)
	}
	sig := &packet.Signature{Version: 4, SigType: packet.SigTypeBinary, PubKeyAlgo: good.PrimaryKey.PubKeyAlgo, Hash: crypto.SHA1, CreationTime: time.Now(), IssuerKeyId: &good.PrimaryKey.KeyId}
	h, err := sig.PrepareSign(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(text))
	var b bytes.Buffer
	plain := false // no salt, which go-crypto adds for good hashes alone
	if err := sig.Sign(h, good.PrivateKey, &packet.Config{NonDeterministicSignaturesViaNotation: &plain}); err != nil {
		t.Fatal(err)
	}
	if err := sig.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	var refused *Rejection
	if _, _, err := ring.Verify([]byte(text), b.Bytes()); !errors.As(err, &refused) || !strings.Contains(refused.Why, "SHA-1") {
		t.Error(err)
	}
}

// TestHostileKeys: which files with keys count, and why others do not.
func TestHostileKeys(t *testing.T) {
	good := key(t, time.Hour, 0, 0)
	var private bytes.Buffer
	if err := good.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	armored := string(public(t, good, true))
	for _, c := range []struct{ name, data, want string }{
		{"armored", armored, ""},
		{"binary", string(public(t, good, false)), ""},
		{"several blocks among text, as Apache's KEYS", "This file holds keys.\n\npub ed25519\n" + armored + "\n\nmore\n" + armored, ""},
		{"RSA", string(public(t, key(t, time.Hour, 0, 2048), true)), ""},
		{"a short key", string(public(t, key(t, time.Hour, 0, 1024), true)), "an RSA key of 1024 bits"},
		{"a private key", private.String(), "a private key"},
		{"empty", "", "no OpenPGP public key"},
		{"text", "hello\n", "no OpenPGP public key"},
		{"a block that is cut off", armored[:len(armored)-80], "cannot be used"},
		{"large", strings.Repeat("x", MaxKeys+1), "more than 1048576 bytes"},
		{"many packets", strings.Repeat("\xcd\x01a", maxPackets+2), "packets"},
	} {
		ring, err := New([]ecosystems.Key{{File: "keys/k", Data: []byte(c.data)}}, true)
		switch {
		case c.want == "" && (err != nil || ring.Empty() || ring.ID() == ""):
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the key keys/k cannot be used: ")):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := New([]ecosystems.Key{{File: "gone"}}, true); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
}

// FuzzVerify: nothing that a server answers or a repository holds panics, and
// only what was signed is returned as signed.
func FuzzVerify(f *testing.F) {
	good := key(f, time.Hour, 0, 0)
	data := public(f, good, true)
	message := clear(f, good, text)
	f.Add([]byte(text), detached(f, good, text, true, at(0)), data)
	f.Add([]byte(text), detached(f, good, text, false, at(0)), data)
	f.Add([]byte(message), []byte(nil), public(f, good, false))
	ring, err := New([]ecosystems.Key{{File: "k", Data: data}}, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, list, signature, keys []byte) {
		_, _ = New([]ecosystems.Key{{File: "k", Data: keys}}, true)
		if content, _, err := ring.Verify(list, signature); err == nil && strings.TrimSpace(string(content)) != strings.TrimSpace(text) {
			t.Errorf("%q counts as signed", content)
		}
	})
}
