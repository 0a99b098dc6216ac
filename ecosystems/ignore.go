package ecosystems

import "github.com/freshpin/freshpin/ecosystems/lazyregexp"

var (
	ignoreMark = lazyregexp.New(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore\b`)
	// ruleMark names rules of the checklist (docs/checklist.md): such a remark is about them, not about the pin.
	ruleMark = lazyregexp.New(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore[ \t]+(?:[a-z]+(?:-[a-z]+)*\s*,\s*)*(?:[a-z]+(?:-[a-z]+)*\s*:|[a-z]+(?:-[a-z]+)+\s*$)`)
)

// Ignores reports whether a comment tells Freshpin to leave alone what stands
// beside it: "# freshpin: ignore", also with a reason behind it, and also
// behind another remark ("// indirect; freshpin: ignore"). One that names rules
// of the checklist ("# freshpin: ignore root-user: runs in a VM") does not.
func Ignores(comment string) bool {
	return ignoreMark.MatchString(comment) && !ruleMark.MatchString(comment)
}
