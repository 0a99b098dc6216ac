// Package sumlist reads lists of checksums, in all the forms in which publishers
// write them.
package sumlist

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// maxEntries is how many lines of a list count.
const maxEntries = 20_000

// algorithms are the checksums that can be told by their length in digits.
var algorithms = map[int]string{32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}

// AlgorithmOf tells the algorithm of a checksum by its length; "" for none.
func AlgorithmOf(hex string) string { return algorithms[len(hex)] }

var (
	digits    = lazyregexp.New(`^[0-9A-Fa-f]+$`)
	bsdLine   = lazyregexp.New(`^([A-Za-z0-9/-]+) ?\((.+)\) ?= ?([0-9A-Fa-f]+)$`)
	colonLine = lazyregexp.New(`^(\S+): +((?:[0-9A-Fa-f]+ *)+)$`)
	moreLine  = lazyregexp.New(`^[ \t]+((?:[0-9A-Fa-f]{2,} *)+)$`)
	redisLine = lazyregexp.New(`^hash (\S+) (\S+) ([0-9A-Fa-f]+)(?: .*)?$`)
	armor     = lazyregexp.New(`^-----(BEGIN|END) [A-Z ]+-----$`)
)

// Parse reads a list of checksums in any of the forms in use: those of
// sha256sum (GNU coreutils, "md5sum invocation"), of BSD and OpenSSL ("SHA256
// (file) = …"), of gpg --print-md, of redis-hashes, with a signature around it
// (RFC 9580, "Cleartext Signature Framework"), and the checksum alone. only names the
// file that a checksum without a name is of; "" for none. Files that are listed
// twice with different checksums of one algorithm are left out, and so is what
// cannot be read.
func Parse(data []byte, only string) []Sum {
	if !utf8.Valid(data) {
		data = fromUTF16(data)
	}
	p := listParser{only: only}
	for n, line := range strings.Split(strings.TrimPrefix(string(data), "\uFEFF"), "\n") {
		if n >= maxEntries*2 || len(p.sums) >= maxEntries {
			break
		}
		p.line(strings.TrimRight(line, " \t\r"))
	}
	p.flush()
	return Unambiguous(p.sums)
}

// fromUTF16 reads what PowerShell writes (little endian, with a mark); nil for other bytes.
func fromUTF16(data []byte) []byte {
	if len(data) < 2 || data[0] != 0xFF || data[1] != 0xFE {
		return nil
	}
	var out []byte
	for i := 2; i+1 < len(data); i += 2 {
		if data[i+1] != 0 {
			return nil
		}
		out = append(out, data[i])
	}
	return out
}

type listParser struct {
	only          string
	sums          []Sum
	name, started string // of a checksum that may go on in the next line
	skip          bool   // inside of a signature, or of its headers
}

func (p *listParser) line(line string) {
	if p.armored(line) {
		return
	}
	if m := moreLine.FindStringSubmatch(line); m != nil && p.name != "" {
		p.started += strings.ReplaceAll(m[1], " ", "")
		return
	}
	p.flush()
	// Signed messages escape lines that begin with a dash (RFC 9580, 7.2).
	line = strings.TrimSpace(strings.TrimPrefix(line, "- "))
	if m := redisLine.FindStringSubmatch(line); m != nil {
		p.add(m[1], m[3], m[2])
		return
	}
	if m := bsdLine.FindStringSubmatch(line); m != nil {
		p.add(m[2], m[3], strings.ToLower(strings.NewReplacer("-", "", "/", "").Replace(m[1])))
		return
	}
	if m := colonLine.FindStringSubmatch(line); m != nil {
		p.name, p.started = m[1], strings.ReplaceAll(m[2], " ", "")
		return
	}
	if strings.HasSuffix(line, ":") && !strings.ContainsAny(line, " \t") {
		p.name = strings.TrimSuffix(line, ":")
		return
	}
	p.words(line)
}

// armored steps over what a signature puts around a list.
func (p *listParser) armored(line string) bool {
	switch m := armor.FindStringSubmatch(line); {
	case m != nil:
		p.flush()
		p.skip = m[1] == "BEGIN"
		return true
	case p.skip && strings.TrimSpace(line) == "" && len(p.sums) == 0:
		p.skip = false // the headers of a signed message end here; those of a signature follow the list
		return true
	}
	return p.skip
}

// flush takes the checksum that a name stood in front of.
func (p *listParser) flush() {
	if p.name != "" && p.started != "" {
		p.add(p.name, p.started, "")
	}
	p.name, p.started = "", ""
}

// words reads a line of one checksum and one name, in either order.
func (p *listParser) words(line string) {
	line = strings.TrimPrefix(line, `\`) // a name with special bytes (GNU coreutils)
	if sum, name, ok := strings.Cut(line, " "); ok && IsHex(sum) {
		p.add(strings.TrimPrefix(strings.TrimLeft(name, " \t"), "*"), sum, "")
		return
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("|`,;<>\"'=", r) })
	var sums, names []string
	for _, f := range fields {
		switch f = strings.Trim(f, "*():"); {
		case IsHex(f):
			sums = append(sums, f)
		// Addresses, sizes, dates and names of algorithms are no names of files.
		case f != "" && !strings.Contains(f, "://") && strings.Trim(f, "-0123456789") != "" && !isAlgorithm(f):
			names = append(names, f)
		}
	}
	switch {
	case len(sums) == 1 && len(names) == 1:
		p.add(names[0], sums[0], "")
	case len(sums) == 1 && len(names) == 0:
		p.add(p.only, sums[0], "")
	}
}

func isAlgorithm(word string) bool {
	word = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(word))
	return word == "md5" || strings.HasPrefix(word, "sha") && strings.Trim(word[3:], "0123456789") == ""
}

// IsHex reports whether a text is a checksum by its digits and their number.
func IsHex(s string) bool { return algorithms[len(s)] != "" && digits.MatchString(s) }

// add takes a checksum, if name, digits and algorithm can be true.
func (p *listParser) add(name, hex, algorithm string) {
	is := algorithms[len(hex)]
	name = strings.TrimPrefix(name, "./")
	if is == "" || algorithm != "" && algorithm != is || !PlainName(name) {
		return
	}
	p.sums = append(p.sums, Sum{File: name, Algorithm: is, Hex: strings.ToLower(hex)})
}

// PlainName reports whether a name can be that of a file of a release: no way
// out of a folder, nothing that a terminal obeys.
func PlainName(name string) bool {
	if name == "" || len(name) > 512 || strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == '\\' })
}

// Unambiguous leaves out what a list says in two ways, and what it repeats.
func Unambiguous(sums []Sum) []Sum {
	type key struct{ file, algorithm string }
	seen := map[key]string{}
	for _, s := range sums {
		k := key{s.File, s.Algorithm}
		if hex, again := seen[k]; again && hex != s.Hex {
			seen[k] = "two"
		} else if !again {
			seen[k] = s.Hex
		}
	}
	var out []Sum
	for _, s := range sums {
		k := key{s.File, s.Algorithm}
		if seen[k] == s.Hex {
			out = append(out, s)
			// The next one is a repetition.
			seen[k] = ""
		}
	}
	return out
}

// Marked returns the checksums as they were read somewhere.
func Marked(sums []Sum, trust ecosystems.Trust, from string) []Sum {
	for n := range sums {
		sums[n].Trust, sums[n].From = trust, from
	}
	return sums
}

// A Sum is a checksum of one file of a version.
type Sum struct {
	File      string // base name, or the path below the version where one is published
	Algorithm string // "sha256"
	Hex       string // in lower case
	Trust     ecosystems.Trust
	From      string // where it was read, for people: "SHA256SUMS beside it"
}
