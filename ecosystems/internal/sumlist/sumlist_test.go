package sumlist

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, data, only, want string }{
		{"sha256sum", sha256Of + "  a.tar.gz\n" + sha256Of + " *b.zip\n", "", "a.tar.gz b.zip"},
		{"names with spaces and folders", sha256Of + "  ./my file.zip\r\n" + sha256Of + "  linux/x\r\n", "", "my file.zip linux/x"},
		{"upper case", strings.ToUpper(sha256Of) + "  A.exe\n", "", "A.exe"},
		{"BSD", "SHA256 (a.tar.gz) = " + sha256Of + "\nSHA512 (a.tar.gz) = " + sha512Of + "\n", "", "a.tar.gz a.tar.gz"},
		{"OpenSSL", "SHA256(a.tar.gz)= " + sha256Of + "\nSHA2-256(b)= " + sha256Of + "\n", "", "a.tar.gz"},
		{"wrong algorithm", "SHA512 (a.tar.gz) = " + sha256Of + "\n", "", ""},
		{"alone", sha256Of, "f", "f"},
		{"alone with a line end", sha256Of + "\r\n", "f", "f"},
		{"alone without a file", sha256Of + "\n", "", ""},
		{"with a dash for the name", sha256Of + "  -\n", "f", "-"},
		{"gpg --print-md", "a.tgz: " + spaced(sha512Of), "", "a.tgz"},
		{"gpg --print-md, the name above", "a.tgz:\n " + spaced(sha512Of), "", "a.tgz"},
		{"name in front", "a.tgz " + sha256Of + "\nb.tgz: " + sha256Of + "\n", "", "a.tgz b.tgz"},
		{"redis", "hash redis-3.2.13.tar.gz sha256 " + sha256Of + " http://x/redis-3.2.13.tar.gz\n", "", "redis-3.2.13.tar.gz"},
		{"Markdown", "| `a.tar.gz` | `" + sha256Of + "` |\n|---|---|\n", "", "a.tar.gz"},
		{"signed", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + sha256Of + "  a\n- -- x\n-----BEGIN PGP SIGNATURE-----\n\niQ" + sha256Of + "\n-----END PGP SIGNATURE-----\n", "", "a"},
		{"ways out", sha256Of + "  ../a\n" + sha256Of + "  /etc/passwd\n" + sha256Of + "  a\\b\n", "", ""},
		{"control characters", sha256Of + "  a\x1b[31m\n", "", ""},
		{"twice the same", sha256Of + "  a\n" + sha256Of + "  a\n", "", "a"},
		{"twice, different", sha256Of + "  a\n" + strings.Repeat("0", 64) + "  a\n", "", ""},
		{"HTML", "<html><body>Not Found</body></html>", "f", ""},
		{"two checksums in a line", sha256Of + " " + sha256Of + "x\n", "", "" + sha256Of + "x"},
		{"UTF-16", "\xff\xfe" + wide(sha256Of+"  a.exe\r\n"), "", "a.exe"},
		{"63 digits", sha256Of[1:] + "  a\n", "f", ""},
	} {
		var got []string
		for _, s := range Parse([]byte(c.data), c.only) {
			got = append(got, s.File)
			if s.Hex != sha256Of && s.Hex != sha512Of {
				t.Errorf("%s: checksum %q", c.name, s.Hex)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, strings.Join(got, " "), c.want)
		}
	}
}

func wide(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(s[i:i+1] + "\x00")
	}
	return b.String()
}

// FuzzParse: whatever comes, names stay inside and checksums are checksums.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sha256Of+"  a.tar.gz\nSHA256 (b) = "+sha256Of+"\n"), "f")
	f.Add([]byte("a.tgz: "+spaced(sha512Of)), "")
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"+sha256Of), "x")
	f.Fuzz(func(t *testing.T, data []byte, only string) {
		seen := map[string]bool{}
		for _, s := range Parse(data, only) {
			if s.Algorithm != AlgorithmOf(s.Hex) || s.Hex != strings.ToLower(s.Hex) || !PlainName(s.File) || seen[s.File+s.Algorithm] {
				t.Fatalf("%+v", s)
			}
			seen[s.File+s.Algorithm] = true
		}
	})
}

func spaced(hex string) string {
	var b strings.Builder
	for i := 0; i < len(hex); i += 8 {
		b.WriteString(strings.ToUpper(hex[i:i+8]) + " ")
		if i%32 == 24 {
			b.WriteString("\n  ")
		}
	}
	return b.String()
}

// Checksums of nothing.
var (
	sha256Of = fmt.Sprintf("%x", sha256.Sum256(nil))
	sha512Of = fmt.Sprintf("%x", sha512.Sum512(nil))
)
