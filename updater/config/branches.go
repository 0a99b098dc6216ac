package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/invopop/jsonschema"

	"github.com/freshpin/freshpin/updater/config/value"
)

// A Branch is the name of a base branch, Home, or a pattern as in Pattern, in which
// * stops at a slash.
type Branch struct{ value.Pattern }

// Home means the default branch, whatever its name is.
const Home = "$default"

// maxBranches is the most names and patterns in the settings.
const maxBranches = 20

// ownBranches is the prefix of the branches of our own pull requests (forge.Prefix).
const ownBranches = "freshpin/"

// Set implements value.Value.
func (b *Branch) Set(text string) error {
	bad := fmt.Errorf("%s is neither the name of a branch, a pattern such as release/*, nor a /regular expression/", value.Quote(text))
	if len(text) > 200 || strings.ContainsFunc(text, func(r rune) bool { return r == ' ' || unicode.IsControl(r) }) {
		return bad
	}
	if strings.HasPrefix(text, "!") {
		return fmt.Errorf("%s: branches cannot be excluded: name those that are wanted", value.Quote(text))
	}
	// What an expression matches shows only beside branches; Fits keeps out our own there.
	if err := b.Pattern.Set(text); err != nil || b.Expr != nil {
		return err
	}
	if strings.HasPrefix(text, ownBranches) {
		return fmt.Errorf("%s: the branches that begin with %s are those of the pull requests", value.Quote(text), ownBranches)
	}
	if strings.ContainsAny(text, `~^:`) || strings.Contains(text, "..") || strings.HasPrefix(text, "/") || strings.HasSuffix(text, "/") {
		return bad // git-check-ref-format(1)
	}
	return nil
}

// JSONSchema returns the schema of the text.
func (Branch) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", MinLength: new(uint64(1)), MaxLength: new(uint64(200))}
}

// String returns the name or pattern as written.
func (b Branch) String() string { return b.Text }

// Name returns the name of the branch; "" for a pattern.
func (b Branch) Name() string {
	if b.Expr != nil || strings.ContainsAny(b.Text, `*?[{\`) {
		return ""
	}
	return b.Text
}

// Prefix returns the common prefix of all names that match; "" if it is unknown.
func (b Branch) Prefix() string {
	if b.Expr != nil {
		return ""
	}
	// A forge lists branches by prefix; the other wildcards may stand before the first *.
	fixed, _, _ := strings.Cut(b.Text, "*")
	if at := strings.IndexAny(fixed, `?[{\`); at >= 0 {
		fixed = fixed[:at]
	}
	return fixed
}

// Fits reports whether a branch matches. Branches of our own pull requests never do.
func (b Branch) Fits(name string) bool {
	return !strings.HasPrefix(name, ownBranches) && b.Matches(name)
}

// checkBranches returns an error if there are too many base branches.
func checkBranches(name string, f *File) (errs []error) {
	if len(f.Branches) > maxBranches {
		errs = append(errs, &Error{name, f.lines["branches"], fmt.Sprintf("%d base branches are more than the limit of %d", len(f.Branches), maxBranches), "a pattern such as release/* stands for many"})
	}
	for n, b := range f.Branches {
		if slices.ContainsFunc(f.Branches[:n], func(o Branch) bool { return o.Text == b.Text }) {
			errs = append(errs, &Error{name, f.lines[fmt.Sprintf("branches[%d]", n)], fmt.Sprintf("the base branch %s is named twice", value.Quote(b.Text)), ""})
		}
	}
	return errs
}

// ParseBranches parses names and patterns that String has returned. It leaves out
// invalid ones.
func ParseBranches(texts []string) (list []Branch) {
	for _, text := range texts {
		var b Branch
		if b.Set(text) == nil {
			list = append(list, b)
		}
	}
	return list
}
