package actions

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A reader walks over one workflow or action.
type reader struct {
	*yamltext.File
	server string // hosts the actions that name no server; "" for the operator's choice
	found  []ecosystems.Dependency
	seen   map[int]bool // byte offsets of the scalars that were read: anchors lead to one many times
}

func newReader(file, src string) *reader {
	r := &reader{File: yamltext.Read(file, src, nil), seen: map[int]bool{}}
	if strings.Contains("/"+file, "/.forgejo/") {
		r.server = forgejoServer
	}
	return r
}

func (r *reader) read() {
	for _, d := range r.Documents {
		switch {
		case d.Trouble != nil:
			r.found = append(r.found, trouble(d.Trouble.Text, d.Trouble.At, d.Trouble.Reason))
		case d.Root != nil && d.Root.Kind == yaml.MappingNode:
			r.workflow(d.Root)
			r.action(d.Root)
		}
	}
	if r.Exhausted() {
		line, at := r.Line(0)
		why := ecosystems.Reason{Code: ecosystems.Limit, Text: "its merge keys multiply beyond what is looked at"}
		r.found = append(r.found, trouble(imagepin.Clip(line), at, why))
	}
}

// workflow reads the jobs of a workflow ("Workflow syntax for GitHub Actions", jobs).
func (r *reader) workflow(root *yaml.Node) {
	jobs := r.At(root, "jobs")
	if jobs == nil || jobs.Kind != yaml.MappingNode {
		return
	}
	for _, pair := range r.Pairs(jobs) {
		job := yamltext.Target(pair.Value)
		if job == nil || job.Kind != yaml.MappingNode || !r.Step() { // Step limits what anchors multiply
			continue
		}
		r.uses(r.At(job, "uses"))
		r.container(r.At(job, "container"))
		if services := r.At(job, "services"); services != nil && services.Kind == yaml.MappingNode {
			for _, s := range r.Pairs(services) {
				r.container(yamltext.Target(s.Value))
			}
		}
		r.steps(job)
	}
}

// action reads the description of an action ("Metadata syntax for GitHub Actions", runs).
func (r *reader) action(root *yaml.Node) {
	runs := r.At(root, "runs")
	if runs == nil || runs.Kind != yaml.MappingNode {
		return
	}
	r.steps(runs)
	if image := r.At(runs, "image"); image != nil && strings.HasPrefix(strings.TrimSpace(image.Value), docker) {
		r.uses(image)
	}
}

func (r *reader) steps(of *yaml.Node) {
	for _, step := range r.List(of, "steps") {
		if step.Kind == yaml.MappingNode {
			r.uses(r.At(step, "uses"))
		}
	}
}

// container reads the image of a container: a text, or a mapping with it. It
// strips docker://, as the runner does (actions/runner, PipelineTemplateConverter).
func (r *reader) container(n *yaml.Node) {
	if n != nil && n.Kind == yaml.MappingNode {
		n = r.At(n, "image")
	}
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" || r.again(n) {
		return
	}
	s := r.Scalar(n)
	r.image(s, n, strings.TrimPrefix(strings.TrimSpace(s.Text.String()), docker))
}

// again reports whether a scalar was read before and records it.
func (r *reader) again(n *yaml.Node) bool {
	at := r.Offset(n)
	was := r.seen[at]
	r.seen[at] = true
	return was
}

// image reads an image reference, which is a suffix of the scalar s.
func (r *reader) image(s yamltext.Scalar, n *yaml.Node, reference string) {
	whole := s.Text.String()
	if !s.OK || s.Filled {
		r.skip(n, ecosystems.Unsupported, "the image is written with escapes or over several lines")
		return
	}
	end := len(strings.TrimRight(whole, " \t\r\n"))
	start := end - len(strings.TrimSpace(reference))
	text := s.Text.Slice(start, end)
	at := ecosystems.Span{File: r.Path, Start: s.Start, End: s.End}
	if len(text) == 1 && text[0].File != "" {
		at.Start, at.End = text[0].Start, text[0].Start+len(text[0].Text)
	}
	r.found = append(r.found, imagepin.Read(text, imagepin.Place{
		Raw: text.String(), At: at, Ignored: r.Ignored(s.Start), Comment: r.commentBehind,
	}))
}

// commentBehind returns the comment that directly follows a span on its line.
func (r *reader) commentBehind(at ecosystems.Span) (string, ecosystems.Span) {
	text, where := r.Comment(at)
	if text == "" || strings.Trim(r.Src[at.End:where.Start], gitpin.Closing+`"'`) != "" {
		return "", ecosystems.Span{}
	}
	return text, where
}

// skip adds a dependency that cannot be updated, with the reason.
func (r *reader) skip(n *yaml.Node, code, why string) {
	s := r.Scalar(n)
	at := ecosystems.Span{File: r.Path, Start: r.Offset(n)}
	if at.End = at.Start; s.OK {
		at.Start, at.End = s.Start, s.End
	}
	name := strings.TrimSpace(n.Value)
	if s.Filled { // in the value, letters replace the template
		name = r.Src[s.Start:s.End]
	}
	d := trouble(imagepin.Clip(name), at, ecosystems.Reason{Code: code, Text: why})
	d.Ignored = r.Ignored(at.Start)
	r.found = append(r.found, d)
}

// uses reads the value of "uses:" of a step or a job.
func (r *reader) uses(n *yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" || r.again(n) {
		return
	}
	s := r.Scalar(n)
	text := strings.TrimSpace(n.Value)
	if image, ok := strings.CutPrefix(text, docker); ok {
		r.image(s, n, image)
		return
	}
	u, why := parseUses(text)
	switch {
	case u.local:
		return
	case s.Filled || imagepin.IsTemplate(text):
		why = ecosystems.Reason{Code: ecosystems.Variable, Text: "an expression fills it in: what is used is not known here"}
	}
	if !why.IsZero() {
		r.skip(n, why.Code, why.Text)
		return
	}
	span, ok := s.Span()
	if !ok {
		r.skip(n, ecosystems.Unsupported, "the version is written with escapes or over several lines")
		return
	}
	span.Start += strings.Index(n.Value, text) + len(text) - len(u.ref)
	span.End = span.Start + len(u.ref)
	p := gitpin.Place{Name: u.name, Package: u.pkg(r.server), Ref: u.ref, At: span, NoDigest: u.noDigest()}
	r.found = append(r.found, gitpin.Read(p.Beside(r.File, n, s)))
}
