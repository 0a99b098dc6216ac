//go:build !linux

package confine

// restrict does nothing here: the soft limits stay, that of time, and the end of the whole group.
func restrict(int, Limits) {}

// free does not know.
func free(string) (int64, bool) { return 0, false }

// A family is not known here.
type family struct{}

func newFamily(int, string) *family { return &family{} }
func (*family) look() usage         { return usage{} }
func (*family) end()                {}
