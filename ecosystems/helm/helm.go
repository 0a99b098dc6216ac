// Package helm reads and edits the images of Helm values, and the charts that a
// chart depends on.
//
// Package helmvalues knows which values are images, the packages imageref and
// imagepin know references and pins, and chartpin the versions of charts.
package helm

import (
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/deploypin"
	"github.com/freshpin/freshpin/ecosystems/internal/helmvalues"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "helm"

// An Ecosystem reads and edits charts and their values. It implements
// ecosystems.Ecosystem, ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	deploypin.Lookup
}

var (
	_ ecosystems.Limiter  = (*Ecosystem)(nil)
	_ ecosystems.Finisher = (*Ecosystem)(nil)
)

// New returns the ecosystem. It looks up versions with images and charts.
func New(images imagepin.Registries, charts chartpin.Repositories) *Ecosystem {
	return &Ecosystem{deploypin.New(images, charts, nil)}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "Helm charts", Kinds: []ecosystems.Kind{imagepin.Kind(), chartpin.Kind()},
		Beside: []string{"Chart.lock", "requirements.lock"}, Dependabot: []string{"docker", "helm"}, Renovate: []string{"helm-values", "helmv3", "helm-requirements", "helm", "docker"},
	}
}

// valuesName is values.yaml, alone or with words before or after "values" that a hyphen, dot or underscore separates.
var valuesName = lazyregexp.New(`^(?:.+[-_.])?values(?:[-_.].+)?\.ya?ml$`)

// Match reports whether a file is a values file or a chart by its name.
func (*Ecosystem) Match(file string) bool {
	return valuesName.MatchString(path.Base(file)) || isChart(file)
}

func isChart(file string) bool {
	switch path.Base(file) {
	case "Chart.yaml", "Chart.yml", "requirements.yaml", "requirements.yml":
		return true
	}
	return false
}

// Extract reads a values file, or the dependencies of a chart.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	in, err := yamlimage.Open(repo, file, nil)
	if err != nil {
		return nil, err
	}
	roots := in.Roots()
	for n, root := range roots {
		if isChart(file) {
			c := chart{Reader: in, repo: repo, state: stateOf(repo, file)}
			c.dependencies(root)
			continue
		}
		v := helmvalues.Reader{Reader: in}
		if n == 0 {
			b := appVersionOf(repo, file)
			if b.defaults {
				v.Default = b.image
			}
			if b.chart != nil {
				v.Main = func() { in.MirrorAt(b.at, b.text) }
			}
		}
		v.Read(root)
	}
	return in.Found(), nil
}
