//go:build !linux

package confine

// restrict does nothing on this system. The limits of Run and its end remain.
func restrict(int, Limits) {}

// free reports that the free space is unknown.
func free(string) (int64, bool) { return 0, false }

// A family is unknown on this system.
type family struct{}

func newFamily(int, string) *family { return &family{} }
func (*family) look() usage         { return usage{} }
func (*family) end()                {}
