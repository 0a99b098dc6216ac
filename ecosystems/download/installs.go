package download

import (
	"errors"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
)

func inner(d ecosystems.Dependency) ecosystems.Dependency { return d }

func editInner(ecosystems.Ecosystem, ecosystems.Dependency, ecosystems.Target) ([]ecosystems.Edit, error) {
	return nil, errors.New("not yet")
}

func (e *Ecosystem) installs(*dockerfile.File) []ecosystems.Dependency { return nil }
