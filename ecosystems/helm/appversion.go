package helm

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// appVersion is what Chart.yaml says about the main image of the values file beside it.
type appVersion struct {
	chart    *yamlimage.Reader // Chart.yaml; nil where there is none
	at       ecosystems.Span   // of the appVersion
	text     string
	defaults bool // the templates take the appVersion where no tag is written
}

// defaulted finds a template that takes the appVersion for an empty tag of the main image.
var defaulted = lazyregexp.New(`\.Values\.image\.tag\s*\|\s*default\s+\$?\.Chart\.AppVersion|default\s+\$?\.Chart\.AppVersion\s+\$?\.Values\.image\.tag|or\s+\$?\.Values\.image\.tag\s+\$?\.Chart\.AppVersion`)

const (
	maxTemplates = 200 // of a chart that are looked into
	maxTemplate  = 256 << 10
)

// appVersionOf reads the chart of values.yaml. The zero appVersion is for other values
// files, which override values and whose chart is not known.
func appVersionOf(repo fs.FS, file string) (b appVersion) {
	dir, base := path.Split(file)
	if base != "values.yaml" && base != "values.yml" {
		return b
	}
	in, err := yamlimage.Open(repo, path.Join(dir, "Chart.yaml"), nil)
	if err != nil || len(in.Documents) == 0 || in.Documents[0].Root == nil {
		return b
	}
	n := yamltext.Target(in.Field(in.Documents[0].Root, "appVersion"))
	if n == nil || n.Kind != yaml.ScalarNode {
		return b
	}
	at, ok := in.Scalar(n).Span()
	if !ok {
		return b
	}
	b = appVersion{chart: in, at: at, text: n.Value}
	b.defaults = takesAppVersion(repo, path.Join(dir, "templates"))
	return b
}

// takesAppVersion reports whether a template of a chart uses the appVersion for
// an empty tag, in one of the usual wordings.
func takesAppVersion(repo fs.FS, dir string) bool {
	entries, err := fs.ReadDir(repo, dir)
	if err != nil {
		return false
	}
	for n, entry := range entries {
		if n >= maxTemplates {
			break
		}
		// A template that cannot be read decides nothing.
		text, why, err := imagepin.LoadUpTo(repo, path.Join(dir, entry.Name()), maxTemplate)
		if err == nil && why.IsZero() && defaulted.MatchString(text) {
			return true
		}
	}
	return false
}

// image returns the main image of a chart without a tag in its values: its pin is the appVersion.
func (b appVersion) image(name, noDigest string) ecosystems.Dependency {
	root := &imagepin.Source{}
	text := imagepin.Text{{Text: name + ":", From: root}, {Text: b.text, From: root, File: b.at.File, Start: b.at.Start}}
	d := imagepin.Read(text, imagepin.Place{Raw: name + ":" + b.text, At: b.at, Comment: b.chart.Comment})
	d.Pin.NoDigest, d.Ignored = noDigest, b.chart.Ignored(b.at.Start)
	// Without quotes, a new version may be a number for YAML.
	if strings.HasPrefix(b.chart.Src[b.at.Start:], b.text) && !strings.ContainsAny(b.chart.Src[max(0, b.at.Start-1):b.at.Start], `"'`) {
		d.Own = yamlimage.Plain{}
	}
	if dockertag.Parse(b.text).IsName() && d.Skip.IsZero() {
		d.Skip = ecosystems.Reason{Code: ecosystems.Unpinned, Text: "the appVersion names no version"}
	}
	return d
}
