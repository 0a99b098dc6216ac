package web

import (
	"maps"
	"slices"

	"github.com/freshpin/freshpin/updater/forge/github"
)

// Routes lists the patterns of everything there is, for the tables of tests.
func Routes() []string {
	s := &server{o: Options{Forge: github.Info()}.filled(), looks: new(theme)}
	return slices.Sorted(maps.Keys(s.routes()))
}
