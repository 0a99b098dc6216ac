package message

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/updater/forge"
)

// maxBranch bounds the name of a branch, in bytes, with its prefix.
const maxBranch = 100

var (
	unsafe = regexp.MustCompile(`[^a-z0-9._]+|\.{2,}`)
	hashed = regexp.MustCompile(`(^|-)[0-9a-f]{8}$`)
)

// Branch returns the name of the branch for a group: the same for ever, whatever
// the versions. It has one slash only, because git cannot keep a branch "a"
// beside "a/b", and no capitals, because some file systems do not tell them
// apart. Where that loses something of the name, a hash of it is added. See
// git-check-ref-format(1).
func Branch(group string) string {
	slug := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(group), "-"), "-.")
	for strings.HasSuffix(slug, ".lock") {
		slug = strings.TrimRight(strings.TrimSuffix(slug, ".lock"), "-.")
	}
	room := maxBranch - len(forge.Prefix)
	if slug == group && slug != "" && len(slug) <= room && !hashed.MatchString(slug) {
		return forge.Prefix + slug
	}
	sum := sha256.Sum256([]byte(group))
	tail := hex.EncodeToString(sum[:])[:8]
	slug = strings.TrimRight(slug[:min(len(slug), room-len(tail)-1)], "-.")
	return forge.Prefix + strings.TrimLeft(slug+"-"+tail, "-")
}
