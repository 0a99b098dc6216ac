package signedlist

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/freshpin/freshpin/ecosystems"
)

// The limits for a file with keys. Keys come from repositories and are hostile, and
// reading them verifies each of their own signatures.
const (
	MaxKeys    = 1 << 20 // bytes of one file
	maxBlocks  = 200     // armored blocks of one file
	maxPackets = 20_000  // packets of one block
	minBits    = 2048    // of an RSA key
	maxBits    = 16384
)

// A Keyring holds public keys for signed lists of checksums. It is safe for
// concurrent use.
type Keyring struct {
	list openpgp.EntityList
	file map[*openpgp.Entity]string // the file of each key
	sure bool
	id   string
}

// New parses keys. sure says that settings name the keys for a list: a signature by
// any other key is then a Refusal; otherwise it proves nothing. The error names the
// file without a usable key.
func New(keys []ecosystems.Key, sure bool) (*Keyring, error) {
	k := &Keyring{file: map[*openpgp.Entity]string{}, sure: sure}
	hash := sha256.New()
	for _, key := range keys {
		list, err := read(key.Data)
		if key.Data == nil {
			err = errors.New("it cannot be read")
		}
		if err != nil {
			return nil, fmt.Errorf("the key %s cannot be used: %w", key.File, err)
		}
		for _, e := range list {
			k.file[e] = key.File
		}
		k.list = append(k.list, list...)
		// The length keeps two lists of keys with the same bytes apart.
		fmt.Fprintf(hash, "%d %s %v ", len(key.Data), key.File, sure)
		hash.Write(key.Data)
	}
	k.id = hex.EncodeToString(hash.Sum(nil))
	return k, nil
}

// ID identifies the keys, for caches; "" for none.
func (k *Keyring) ID() string {
	if k.Empty() {
		return ""
	}
	return k.id
}

// Empty reports whether the keyring is nil or has no key.
func (k *Keyring) Empty() bool { return k == nil || len(k.list) == 0 }

// Sure reports whether settings name the keys for a list.
func (k *Keyring) Sure() bool { return k != nil && k.sure }

var (
	errNoKey   = errors.New("it holds no OpenPGP public key")
	errPrivate = errors.New("it holds a private key, which belongs into no repository")
)

var begin = []byte("-----BEGIN PGP ")

// Armored reports whether text contains an OpenPGP public key in ASCII armor.
func Armored(text []byte) bool {
	return bytes.Contains(text, []byte("-----BEGIN "+openpgp.PublicKeyType+"-----"))
}

// read returns the keys of a file, which is binary or has armored blocks among other text.
func read(data []byte) (list openpgp.EntityList, err error) {
	defer unpanic(func() { list, err = nil, errNoKey })
	if len(data) > MaxKeys {
		return nil, fmt.Errorf("it has more than %d bytes", MaxKeys)
	}
	if !bytes.Contains(data, begin) {
		return entities(data)
	}
	var all openpgp.EntityList
	var first error
	for range maxBlocks {
		at := bytes.Index(data, begin)
		if at < 0 {
			break
		}
		block, err := armor.Decode(bytes.NewReader(data[at:]))
		// Decode does not say where the block ended.
		data = data[at+len(begin):]
		var body []byte
		if err == nil {
			if block.Type == openpgp.PrivateKeyType {
				return nil, errPrivate
			}
			body, err = io.ReadAll(block.Body)
		}
		var list openpgp.EntityList
		if err == nil {
			list, err = entities(body)
		}
		first = cmp.Or(first, err)
		all = append(all, list...)
	}
	if len(all) == 0 {
		return nil, cmp.Or(first, errNoKey)
	}
	return all, nil
}

// entities parses the keys in binary data.
func entities(data []byte) (openpgp.EntityList, error) {
	if err := bounded(data); err != nil {
		return nil, err
	}
	list, err := openpgp.ReadKeyRing(bytes.NewReader(data))
	if err != nil || len(list) == 0 {
		return nil, errNoKey
	}
	if slices.ContainsFunc(list, func(e *openpgp.Entity) bool { return e.PrivateKey != nil }) {
		return nil, errPrivate
	}
	return list, nil
}

// bounded checks the sizes of packets before any signature is verified, because
// computing with a number of a hostile size takes minutes.
func bounded(data []byte) error {
	packets := packet.NewReader(bytes.NewReader(data))
	keys := 0
	for n := 0; ; n++ {
		p, err := packets.Next()
		switch {
		case err == io.EOF && keys == 0:
			return errNoKey
		case err == io.EOF:
			return nil
		case n > maxPackets:
			return fmt.Errorf("it has more than %d packets", maxPackets)
		case err != nil:
			return errNoKey
		}
		switch p := p.(type) {
		case *packet.PrivateKey:
			return errPrivate
		case *packet.PublicKey:
			keys++
			if why := weak(p); why != "" {
				return errors.New(why)
			}
		}
	}
}

// weak returns why a key is too weak or too large; "" for a good one.
func weak(key *packet.PublicKey) string {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly, packet.PubKeyAlgoRSAEncryptOnly:
		if n, err := key.BitLength(); err != nil || n < minBits || n > maxBits {
			return fmt.Sprintf("an RSA key of %d bits is none of %d to %d", n, minBits, maxBits)
		}
	case packet.PubKeyAlgoDSA:
		return "a DSA key is too weak"
	}
	return ""
}
