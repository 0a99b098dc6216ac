package ecosystems

import "regexp"

var ignoreMark = regexp.MustCompile(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore\b`)

// Ignores reports whether a comment tells Freshpin to leave alone what stands
// beside it: "# freshpin: ignore", also with a reason behind it, and also
// behind another remark ("// indirect; freshpin: ignore").
func Ignores(comment string) bool { return ignoreMark.MatchString(comment) }
