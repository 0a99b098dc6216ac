package registry

import (
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// The limits for copying from a config, which may have 8 MiB of any content.
const (
	mostWords = 64   // of each list
	wordBytes = 1024 // of each word
)

// runs returns how the image runs according to its config; nil if that is unknown.
func (c config) runs() *ecosystems.ImageConfig {
	if !c.known {
		return nil
	}
	return &ecosystems.ImageConfig{
		User:       clipped(c.Config.User),
		Entrypoint: words(c.Config.Entrypoint),
		Cmd:        words(c.Config.Cmd),
		Env:        words(c.Config.Env),
		Shell:      words(c.Config.Shell),
		Ports:      words(slices.Sorted(maps.Keys(c.Config.ExposedPorts))),
		Volumes:    words(slices.Sorted(maps.Keys(c.Config.Volumes))),
	}
}

func words(list []string) (out []string) {
	for _, word := range list[:min(len(list), mostWords)] {
		out = append(out, clipped(word))
	}
	return out
}

func clipped(word string) string { return word[:min(len(word), wordBytes)] }
