package web

import (
	"maps"
	"slices"
)

// Routes lists the patterns of everything there is, for the tables of tests.
func Routes() []string {
	s := &site{o: Options{}.filled(), looks: new(looks)}
	return slices.Sorted(maps.Keys(s.routes()))
}
