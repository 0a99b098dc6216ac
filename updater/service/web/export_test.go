package web

import (
	"maps"
	"slices"
)

// Routes lists the patterns of everything there is, for the tables of tests.
func Routes() []string {
	s := &server{o: Options{}.filled(), looks: new(theme)}
	return slices.Sorted(maps.Keys(s.routes()))
}
