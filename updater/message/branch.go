package message

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

// maxBranch limits the length of a branch name, in bytes, including its prefix.
const maxBranch = 100

var (
	unsafe = lazyregexp.New(`[^a-z0-9._]+|\.{2,}`)
	hashed = lazyregexp.New(`(^|-)[0-9a-f]{8}$`)
)

// Branch returns the branch name of a group, which does not depend on versions and
// never changes. It has only one slash, because git cannot store a branch "a" beside
// "a/b", and no capitals, because some file systems ignore case. If that loses part
// of the name, a hash of it is appended. See git-check-ref-format(1).
func Branch(group string) string {
	slug := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(group), "-"), "-.")
	// git refuses the ending, which its own lock files have; what is left may end so again.
	for strings.HasSuffix(slug, ".lock") {
		slug = strings.TrimRight(strings.TrimSuffix(slug, ".lock"), "-.")
	}
	room := maxBranch - len(forge.Prefix)
	// A name that ends like a hash could be the one that another group gets.
	if slug == group && slug != "" && len(slug) <= room && !hashed.MatchString(slug) {
		return forge.Prefix + slug
	}
	sum := sha256.Sum256([]byte(group))
	tail := hex.EncodeToString(sum[:])[:8]
	slug = strings.TrimRight(slug[:min(len(slug), room-len(tail)-1)], "-.")
	return forge.Prefix + strings.TrimLeft(slug+"-"+tail, "-")
}
