package web

import (
	"maps"
	"slices"

	"github.com/freshpin/freshpin/updater/forge"
)

// Routes lists the patterns of everything there is, for the tables of tests.
func Routes() []string {
	s := &server{o: Options{Forge: forge.Info{Name: "github"}}.filled(), looks: new(theme)}
	return slices.Sorted(maps.Keys(s.routes()))
}
