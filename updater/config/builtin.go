package config

import "github.com/freshpin/freshpin/updater/policy"

// A builtin is a rule that comes with the program, with its reason.
type builtin struct {
	kind    string // of the package
	pattern Pattern
	line    policy.Line
	word    string
	reason  string
}

// builtins cover what is known better than a project's habits tell.
func builtins() []builtin {
	glob := func(text string) Pattern { return Pattern{text: text} }
	data := "data without an API: every newer release is a patch"
	return []builtin{
		{"go", glob("golang.org/x/**"), policy.LineMajor, "major", "the Go project's own modules patch in their second number"},
		{"pypi", glob("certifi"), policy.LineAny, "any", data},
		{"pypi", glob("tzdata"), policy.LineAny, "any", data},
		{"pypi", glob("pytz"), policy.LineAny, "any", data},
	}
}
