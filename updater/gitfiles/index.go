package gitfiles

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Sizes of git's object ids in bytes.
const (
	sha1Size   = 20
	sha256Size = 32
)

// An index is the content of git's index file (gitformat-index(5)).
type index struct {
	names  []string
	shared string // hash of the shared index of a split index; "" for none
}

var errIndex = errors.New("not an index of git")

// parseIndex parses an index. The file does not say which hash the repository uses:
// parseIndex finds it by the checksum, or, if there is no checksum, by trying both.
func parseIndex(data []byte) (index, error) {
	if sum := sha256.Sum256(data[:max(0, len(data)-sha256Size)]); bytes.HasSuffix(data, sum[:]) {
		return parseIndexWith(data, sha256Size)
	}
	x, err := parseIndexWith(data, sha1Size)
	if err != nil {
		if other, second := parseIndexWith(data, sha256Size); second == nil {
			return other, nil
		}
	}
	return x, err
}

func parseIndexWith(data []byte, hashSize int) (index, error) {
	if len(data) < 12 || string(data[:4]) != "DIRC" {
		return index{}, errIndex
	}
	version, count := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version < 2 || version > 4 {
		return index{}, fmt.Errorf("version %d of git's index is not known", version)
	}
	r := entries{data: data, at: 12, version: version, hashSize: hashSize}
	var x index
	for range count {
		name, err := r.next()
		if err != nil {
			return index{}, err
		}
		if name != "" { // a split index replaces entries of the shared one by nameless entries
			x.names = append(x.names, name)
		}
	}
	x.shared = r.shared()
	return x, nil
}

// An entries reads the entries of an index one by one.
type entries struct {
	data     []byte
	at       int
	version  uint32
	hashSize int
	last     string
}

// kinds are the valid kinds of files in an index, by the upper four bits of the mode.
var kinds = map[uint32]bool{0o04: true, 0o10: true, 0o12: true, 0o16: true}

const (
	modeAt   = 24     // offset of the mode in an entry
	statSize = 40     // size of the fields before the hash
	extended = 0x4000 // flag: two more bytes of flags follow
)

// next returns the name of the next entry.
func (r *entries) next() (string, error) {
	begin := r.at
	fixed := statSize + r.hashSize + 2
	if len(r.data)-begin < fixed {
		return "", errIndex
	}
	if mode := binary.BigEndian.Uint32(r.data[begin+modeAt:]); !kinds[mode>>12] {
		return "", errIndex
	}
	r.at += fixed
	if r.version >= 3 && binary.BigEndian.Uint16(r.data[r.at-2:])&extended != 0 {
		r.at += 2
	}
	keep := 0
	if r.version == 4 {
		strip, ok := r.offset()
		if !ok || strip > len(r.last) {
			return "", errIndex
		}
		keep = len(r.last) - strip
	}
	end := bytes.IndexByte(r.data[min(r.at, len(r.data)):], 0)
	if end < 0 {
		return "", errIndex
	}
	name := r.last[:keep] + string(r.data[r.at:r.at+end])
	r.at += end + 1
	if r.version < 4 {
		// Entries end with one to eight zero bytes, at a multiple of eight.
		r.at = begin + (r.at-1-begin+8)/8*8
	}
	r.last = name
	return name, nil
}

// offset reads a number in the offset encoding of pack files.
func (r *entries) offset() (int, bool) {
	n := 0
	for first := true; r.at < len(r.data); first = false {
		c := r.data[r.at]
		r.at++
		if !first {
			// Each byte but the first counts one more, so that every number has one form only.
			n++
		}
		if n = n<<7 | int(c&0x7f); n > 1<<20 {
			return 0, false
		}
		if c&0x80 == 0 {
			return n, true
		}
	}
	return 0, false
}

// shared returns the hash of the shared index in the extension "link".
func (r *entries) shared() string {
	for at := r.at; at+8 <= len(r.data)-r.hashSize; {
		size := int(binary.BigEndian.Uint32(r.data[at+4:]))
		if string(r.data[at:at+4]) == "link" && size >= r.hashSize && at+8+size <= len(r.data) {
			return hex.EncodeToString(r.data[at+8 : at+8+r.hashSize])
		}
		at += 8 + size
	}
	return ""
}
