package gitlabci

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A reader walks over one pipeline.
type reader struct {
	*yamlimage.Reader
	variables map[string]variable
}

// A variable is the value that a pipeline sets for all its jobs.
type variable struct {
	value   imagepin.Text
	several bool // jobs set it too, so its value differs between jobs
}

// notJobs are the keys of a pipeline that are no jobs. See https://docs.gitlab.com/ci/yaml/#keywords
var notJobs = map[string]bool{
	"image": true, "services": true, "include": true, "variables": true, "workflow": true, "stages": true, "spec": true,
	"cache": true, "before_script": true, "after_script": true, "types": true,
}

func (r *reader) pipeline(root *yaml.Node) {
	r.settings(root)
	r.job(root)
	for _, p := range r.Pairs(root) {
		if job := yamltext.Target(p.Value); job != nil && job.Kind == yaml.MappingNode && !notJobs[p.Key] {
			r.job(job)
		}
	}
}

// settings reads the variables of the pipeline and records which of them jobs override.
func (r *reader) settings(root *yaml.Node) {
	for _, p := range r.Pairs(r.At(root, "variables")) {
		n := yamltext.Target(p.Value)
		if n != nil && n.Kind == yaml.MappingNode { // with a description beside it
			n = r.At(n, "value")
		}
		if n == nil || n.Kind != yaml.ScalarNode || strings.Contains(n.Value, "$") {
			continue // the value depends on other variables
		}
		if s := r.Scalar(n); s.OK && !s.Filled {
			r.variables[p.Key] = variable{value: yamltext.Trimmed(s.Text)}
		}
	}
	for _, p := range r.Pairs(root) {
		if notJobs[p.Key] {
			continue
		}
		for _, own := range r.Pairs(r.At(yamltext.Target(p.Value), "variables")) {
			v := r.variables[own.Key]
			v.several = true
			r.variables[own.Key] = v
		}
	}
}

// job reads the image and the services of a job, or the defaults for all jobs.
func (r *reader) job(n *yaml.Node) {
	r.image(r.Field(n, "image"))
	services := r.At(n, "services")
	if services == nil || services.Kind != yaml.SequenceNode || services.Tag == "!reference" {
		return
	}
	for _, one := range services.Content {
		r.image(one)
	}
}

// image reads an image: a text, or a mapping with its name. It skips !reference,
// because the image is read where it is defined.
func (r *reader) image(n *yaml.Node) {
	n = yamltext.Target(n)
	if n == nil || n.Tag == "!reference" {
		return
	}
	if n.Kind == yaml.MappingNode {
		n = r.At(n, "name")
	}
	if n != nil {
		r.ImageWith(n, "", r.value)
	}
}

// The variables with the address of GitLab's proxy for Docker Hub.
const (
	groupProxy  = "CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX"
	directProxy = "CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX"
)

// value returns the value of a variable; false if the file does not determine it.
func (r *reader) value(name string) (imagepin.Text, bool) {
	if name == groupProxy || name == directProxy {
		return imagepin.Text{{Text: "docker.io"}}, true
	}
	v, ok := r.variables[name]
	if !ok || v.several || v.value == nil {
		return nil, false
	}
	return v.value, true
}
