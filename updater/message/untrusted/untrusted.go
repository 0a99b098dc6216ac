// Package untrusted makes text from outside safe in texts on a forge: printing it escapes
// it, its Markdown is written anew, its links lead only to https.
package untrusted

// Text from outside in templates. Printing it always escapes it, so that no
// template, not even an operator's, can forget to.
type (
	Markdown string // for bodies and comments
	Line     string // for titles and commit messages
)

// String returns the text escaped for Markdown, HTML and GitHub.
func (m Markdown) String() string { return text(string(m)) }

// String returns the text as one line without mentions and references.
func (l Line) String() string { return Plain(string(l)) }

// Either is text from outside, in either form.
type Either interface{ Markdown | Line }
