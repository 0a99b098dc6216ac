package imagepin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// imageArg matches the names of build arguments with a whole image reference.
var imageArg = lazyregexp.New(`(?i)(?:^|_)(?:base_?)?image$|(?i)^base$|(?i)image_ref$`)

// Argument reports whether a build argument is an image: it has such a name, and
// its value, with variables, may be a reference with a tag or a digest.
func Argument(name, value string) bool {
	return imageArg.MatchString(name) && strings.ContainsAny(value, ":@") && !strings.Contains(value, "://")
}
