package dockertag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var (
	hexHash      = lazyregexp.New(`^[0-9a-fA-F]{7,64}$`)
	shortHash    = lazyregexp.New(`^\d[0-9a-f]{5}$`)
	describeHash = lazyregexp.New(`^g[0-9a-f]{4,40}$`)
	gluedHash    = lazyregexp.New(`^(?i:sha|git|commit)[0-9a-f]{7,40}$`)
	condaBuild   = lazyregexp.New(`^((?:py\d+|r\d+|pl\d+)?)h[0-9a-f]{7}$`) // of Bioconda: 1.9--py39h8ee4bcc_1
	datedLetter  = lazyregexp.New(`^\d{8}[a-z]$`)
)

// hashWords announce a commit hash: what follows one is a hash even if it is all digits.
var hashWords = map[string]bool{"sha": true, "sha1": true, "sha256": true, "git": true, "commit": true}

func afterHashWord(before []token) bool {
	if len(before) == 0 {
		return false
	}
	word := strings.ToLower(before[len(before)-1].text)
	return hashWords[word] || word == "rev"
}

// isHash reports whether a token is a commit hash: seven or more hexadecimal
// digits of which some are letters and some are not, or digits alone where the
// repository names its images by hashes of that length.
func (r *Reader) isHash(t token) bool {
	if t.date != "" {
		return false
	}
	return looksLikeHash(t.text) || r.hashes[len(t.text)] && isDigits(t.text)
}

func looksLikeHash(s string) bool {
	s = strings.TrimPrefix(s, "v")
	if len(s) < 6 || isDigits(s) {
		return false
	}
	if datedLetter.MatchString(s) && plausibleDate(s[:8]) {
		return false
	}
	if shortHash.MatchString(s) {
		// Six characters are few: 22ea17 is more likely a version with a stage.
		return changes(s) >= 3
	}
	return hexHash.MatchString(s) && strings.ContainsAny(s, "0123456789")
}

// changes counts how often letters and digits take turns.
func changes(s string) (n int) {
	for i := 1; i < len(s); i++ {
		if isLetter(s[i]) != isLetter(s[i-1]) {
			n++
		}
	}
	return n
}
