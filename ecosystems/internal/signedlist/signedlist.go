// Package signedlist verifies the OpenPGP signatures of lists of checksums
// (RFC 9580): the list in a signed message, or the signature in a file beside it.
//
// It does not know where lists are published, and it does not decide what to do
// about a wrong signature. The cryptography is that of go-crypto. In addition,
// this package refuses SHA-1 and MD5, short keys, and text around a signed message.
package signedlist

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// MaxSignature limits a detached signature, in bytes.
const MaxSignature = 64 << 10

// ErrUnsigned is the error for a list without an OpenPGP signature.
var ErrUnsigned = errors.New("there is no OpenPGP signature")

// A Rejection is why a signature is not accepted.
type Rejection struct {
	Why     string // one sentence without a full stop; its subject is the signature or the list
	Unknown bool   // it is by a key that the keyring does not have
}

// Error returns Why.
func (r *Rejection) Error() string { return r.Why }

var message = []byte("-----BEGIN PGP SIGNED MESSAGE-----")

// Signed reports whether a list is a signed message.
func Signed(list []byte) bool { return bytes.Contains(list, message) }

// Verify returns the content of a list with a valid signature by a key of the ring,
// and a description of the key. list is a signed message, or signature is its
// detached signature: binary, armored, or a signed message with its own list; nil
// for none. The error is ErrUnsigned or a *Rejection.
func (k *Keyring) Verify(list, signature []byte) (content []byte, by string, err error) {
	defer unpanic(func() { content, by, err = nil, "", refuse("the signature cannot be read") })
	switch {
	case Signed(list):
		return k.message(list)
	case Signed(signature):
		return k.message(signature)
	case len(signature) > MaxSignature:
		return nil, "", refuse("the signature has more than %d bytes", MaxSignature)
	}
	packets, err := dearmored(signature)
	if err != nil {
		return nil, "", err
	}
	by, err = k.check(list, packets)
	return list, by, err
}

// message verifies a signed message. It refuses any text around it, which readers
// of the list would take for signed.
func (k *Keyring) message(data []byte) ([]byte, string, error) {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\uFEFF")), " \t\r\n")
	block, rest := clearsign.Decode(trimmed)
	switch {
	case block == nil:
		return nil, "", refuse("the signed message cannot be read")
	case !bytes.HasPrefix(trimmed, message):
		return nil, "", refuse("text that is not signed stands in front of the signed message")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, "", refuse("text that is not signed stands behind the signed message")
	}
	packets, err := io.ReadAll(io.LimitReader(block.ArmoredSignature.Body, MaxSignature+1))
	if err != nil {
		return nil, "", refuse("the signature cannot be read")
	}
	by, err := k.check(block.Bytes, packets)
	return block.Plaintext, by, err
}

// dearmored returns the packets of a signature; ErrUnsigned for any other data,
// such as a signature of cosign or minisign.
func dearmored(signature []byte) ([]byte, error) {
	if at := bytes.Index(signature, []byte("-----BEGIN "+openpgp.SignatureType+"-----")); at >= 0 {
		block, err := armor.Decode(bytes.NewReader(signature[at:]))
		if err != nil {
			return nil, refuse("the signature cannot be read")
		}
		if signature, err = io.ReadAll(io.LimitReader(block.Body, MaxSignature+1)); err != nil {
			return nil, refuse("the signature cannot be read")
		}
		return signature, nil
	}
	// RFC 9580, 4.2: the first octet of a packet has bit 7 set, and tag 2 is a signature.
	if len(signature) == 0 || signature[0] != 0xC2 && signature[0]&0xFC != 0x88 {
		return nil, ErrUnsigned
	}
	return signature, nil
}

// check verifies the first signature by a key of the ring.
func (k *Keyring) check(data, packets []byte) (by string, err error) {
	if len(packets) > MaxSignature {
		return "", refuse("the signature has more than %d bytes", MaxSignature)
	}
	var unknown string
	reader := packet.NewReader(bytes.NewReader(packets))
	for {
		p, err := reader.Next()
		if err == io.EOF && unknown != "" {
			return "", &Rejection{Why: fmt.Sprintf("the list is signed by %s, and that key is not among those named", unknown), Unknown: true}
		}
		sig, ok := p.(*packet.Signature)
		if err != nil || !ok || sig.IssuerKeyId == nil {
			return "", refuse("the signature cannot be read")
		}
		if len(k.list.KeysById(*sig.IssuerKeyId)) == 0 {
			unknown = fmt.Sprintf("the key %016X", *sig.IssuerKeyId)
			continue
		}
		return k.one(data, sig)
	}
}

// one verifies a signature by a key of the ring.
func (k *Keyring) one(data []byte, sig *packet.Signature) (by string, err error) {
	id := fmt.Sprintf("%016X", *sig.IssuerKeyId)
	var raw bytes.Buffer
	// Alone, so that no other signature of the list can be the one that verifies.
	if err := sig.Serialize(&raw); err != nil {
		return "", refuse("the signature cannot be read")
	}
	// One time, so that the reasons below fit the verification.
	now := time.Now()
	_, signer, err := openpgp.VerifyDetachedSignature(k.list, bytes.NewReader(data), &raw, &packet.Config{Time: func() time.Time { return now }})
	switch {
	case sig.Hash != crypto.SHA256 && sig.Hash != crypto.SHA384 && sig.Hash != crypto.SHA512 && sig.Hash != crypto.SHA224 && sig.Hash != crypto.SHA3_256 && sig.Hash != crypto.SHA3_512:
		return "", refuse("the signature by the key %s is over %s, which proves nothing any more", id, sig.Hash)
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return "", refuse("the key %s has expired; where its owner has extended it, the file with it is out of date", id)
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return "", refuse("the key %s was revoked by its owner", id)
	case errors.Is(err, pgperrors.ErrSignatureExpired) && sig.CreationTime.After(now):
		return "", refuse("the signature by the key %s is from the future, %s", id, sig.CreationTime.UTC().Format(time.DateOnly))
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return "", refuse("the signature by the key %s has expired", id)
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return "", refuse("the key %s is not made for signing", id)
	case err != nil:
		return "", refuse("the signature by the key %s is wrong: the list is not the one that was signed", id)
	}
	return fmt.Sprintf("the key %X of %s", signer.PrimaryKey.Fingerprint, k.file[signer]), nil
}

// unpanic recovers from a panic and calls failed: go-crypto panics on truncated
// subpackets (FuzzVerify). It starts no goroutines, so this catches all panics.
func unpanic(failed func()) {
	if recover() != nil {
		failed()
	}
}

func refuse(format string, args ...any) *Rejection {
	return &Rejection{Why: fmt.Sprintf(format, args...)}
}
