package plan

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Limits bound the cost of one plan, because the content of repositories is
// hostile. Exceeding a limit is a failure of the pins concerned and does not
// stop others. For each limit 0 means the default, and a negative number means
// unlimited.
type Limits struct {
	FilePins   int // pins in one file; 0 means 5,000
	Pins       int // listed pins in all trees of a plan; 0 means 20,000
	Lookups    int // packages that one plan looks up; 0 means 10,000
	Candidates int // published versions in memory at once; 0 means 600,000
}

// Limit returns the effective limit, set or otherwise, and whether there is one.
func Limit(set, otherwise int) (n int, is bool) {
	n = cmp.Or(set, otherwise)
	return n, n > 0
}

// OverLimit returns the error for an exceeded limit. It names the setting that
// raises the limit: "… (limits.pins)".
func OverLimit(setting, format string, args ...any) error {
	return &fetch.Error{Code: fetch.Limit, Err: errors.New(fmt.Sprintf(format, args...) + " (limits." + setting + ")")}
}
