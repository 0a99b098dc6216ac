// Package rules is the list of all rules, in the order of the documentation.
package rules

import (
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/imagerules"
)

// All returns every rule. A new rule is one line here.
func All() []check.Rule {
	return []check.Rule{
		imagerules.NoVersion,
		imagerules.Latest,
		imagerules.MovingTag,
		imagerules.NoDigest,
	}
}
