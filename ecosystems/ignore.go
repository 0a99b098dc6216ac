package ecosystems

import "github.com/freshpin/freshpin/ecosystems/lazyregexp"

var (
	ignoreMark = lazyregexp.New(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore\b`)
	// ruleMark matches a comment with rules of the checklist (docs/checklist.md): it is about these rules, not about the pin.
	ruleMark = lazyregexp.New(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore[ \t]+(?:[a-z]+(?:-[a-z]+)*\s*,\s*)*(?:[a-z]+(?:-[a-z]+)*\s*:|[a-z]+(?:-[a-z]+)+\s*$)`)
)

// Ignores reports whether a comment tells Freshpin to ignore the pin beside it:
// "# freshpin: ignore", with or without a reason after it, also after another
// remark ("// indirect; freshpin: ignore"). It is false for comments about rules
// of the checklist ("# freshpin: ignore root-user: runs in a VM").
func Ignores(comment string) bool {
	return ignoreMark.MatchString(comment) && !ruleMark.MatchString(comment)
}
