package imagepin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// imageArg is the name of a build argument that holds a whole image.
var imageArg = lazyregexp.New(`(?i)(?:^|_)(?:base_?)?image$|(?i)^base$|(?i)image_ref$`)

// Argument reports whether a build argument is an image by its name, and its
// value, variables and all, may be a reference with a tag or a digest.
func Argument(name, value string) bool {
	return imageArg.MatchString(name) && strings.ContainsAny(value, ":@") && !strings.Contains(value, "://")
}
