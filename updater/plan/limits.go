package plan

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Limits bound what strangers can make one plan cost, by what they write into
// their files. What lies beyond them fails, says so, and stops nothing else.
// For each of them 0 means the default, and a negative number none.
type Limits struct {
	FilePins   int // pins in one file; 0 means 5,000
	Pins       int // pins in all trees of a plan that are listed; 0 means 20,000
	Lookups    int // packages that are asked about for one plan; 0 means 10,000
	Candidates int // published versions that are held at once; 0 means 600,000
}

// Limit returns the limit that counts, whether there is one.
func Limit(set, otherwise int) (n int, is bool) {
	n = cmp.Or(set, otherwise)
	return n, n > 0
}

// OverLimit is the cause where a limit is reached, with the setting that raises it.
func OverLimit(setting, format string, args ...any) error {
	return &fetch.Error{Code: fetch.Limit, Err: errors.New(fmt.Sprintf(format, args...) + " (limits." + setting + ")")}
}
