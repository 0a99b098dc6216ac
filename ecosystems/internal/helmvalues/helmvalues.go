// Package helmvalues reads the images in Helm values: in values files, and in
// resources that install a chart.
//
// Values have no schema, so the package recognises images by the conventions of
// charts.
package helmvalues

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Reader walks over the values of one chart.
type Reader struct {
	*yamlimage.Reader
	// Default returns the image that the templates use if the main one has no
	// tag; nil if that is unknown.
	Default func(name, noDigest string) ecosystems.Dependency
	// Main is called after the main image was added; nil for nothing.
	Main func()

	registry string // the registry of all images if the values name one; "" for none
	seen     map[*yaml.Node]bool
}

// Read adds the images of the values that a resource passes to a chart.
func Read(r *yamlimage.Reader, values *yaml.Node) {
	v := Reader{Reader: r}
	v.Read(values)
}

// Read adds the images of values.
func (v *Reader) Read(root *yaml.Node) {
	v.registry = globalRegistry(v.Reader, root)
	v.node(root, "", "", 0)
}

const maxDepth = 100

// globalRegistry returns the registry in global.imageRegistry, the key that most charts use.
func globalRegistry(r *yamlimage.Reader, root *yaml.Node) string {
	return cmp.Or(r.Text(root, "global", "imageRegistry"), r.Text(root, "global", "image", "registry"))
}

// The keys of a mapping that describes an image, the usual ones first.
var (
	nameKeys   = []string{"repository", "repo", "name", "image", "imageName"}
	tagKeys    = []string{"tag", "version", "imageTag", "image_tag"}
	digestKeys = []string{"digest", "sha", "sha256"}
	hostKeys   = []string{"registry", "hub", "imageRegistry", "host"}
)

// imageKey matches keys of images: image, initImage, busybox_image, IMAGE.
var imageKey = lazyregexp.New(`(?i)image$`)

// node reads the value of a key; path is the path of keys to it.
func (v *Reader) node(n *yaml.Node, key, path string, depth int) {
	n = yamltext.Target(n)
	if n == nil || v.seen[n] || !v.Step() {
		return
	}
	if depth > maxDepth {
		v.Add(v.Broken(n, ecosystems.Limit, "what stands here is nested too deep to be looked at"))
		return
	}
	if v.seen == nil {
		v.seen = map[*yaml.Node]bool{}
	}
	v.seen[n] = true
	switch n.Kind {
	case yaml.SequenceNode:
		for _, child := range n.Content {
			v.element(child, key, path, depth)
		}
	case yaml.MappingNode:
		v.mapping(n, key, path, depth)
	}
}

// element reads an element of a list. In a list of images, a text is an image.
func (v *Reader) element(n *yaml.Node, key, path string, depth int) {
	if t := yamltext.Target(n); t != nil && t.Kind == yaml.ScalarNode && listOfImages(key) {
		v.Likely(t, "")
		return
	}
	v.node(n, strings.TrimSuffix(key, "s"), path+"[]", depth+1) // an element of images is an image
}

func listOfImages(key string) bool { return imageKey.MatchString(strings.TrimSuffix(key, "s")) }

// mapping reads a mapping: an image in parts, whole images in its keys, and deeper values.
func (v *Reader) mapping(n *yaml.Node, key, path string, depth int) {
	used := v.parts(n, key, path)
	for _, p := range v.Pairs(n) {
		t := yamltext.Target(p.Value)
		switch {
		case t == nil || slices.Contains(used, p.Key):
		case t.Kind != yaml.ScalarNode:
			v.node(t, p.Key, path+"."+p.Key, depth+1)
		case !yamlimage.IsEmpty(t) && (imageKey.MatchString(p.Key) || listOfImages(key)):
			if !v.pair(n, p.Key, t) && !v.untagged(n, p.Key, t) {
				v.Likely(t, "")
			}
		}
	}
}

// pair reads an image whose tag has a key with the same beginning: busyboxImage
// and busyboxTag, init_image and init_image_tag. It reports false for any other.
func (v *Reader) pair(n *yaml.Node, key string, name *yaml.Node) bool {
	if !imageKey.MatchString(key) {
		return false
	}
	stem := key[:len(key)-len("image")]
	_, tag := v.first(n, []string{key + "Tag", key + "_tag", stem + "Tag", strings.TrimSuffix(stem, "_") + "_tag"})
	ref, err := imageref.Parse(strings.TrimSpace(name.Value))
	if stem == "" || yamlimage.IsEmpty(tag) || err != nil || ref.Tag != "" || ref.Digest != "" {
		return false
	}
	v.Parts(yamlimage.Parts{Name: v.withRegistry(ref.Name, nil), Tag: tag, At: name, NoDigest: noDigest})
	return true
}

const noDigest = "the chart has no key for a digest here, and what stands behind a tag is not always taken"

// untagged reads "image: nginx", a name without a tag or digest. A word may be the name
// of anything, so it counts only beside a pull policy.
func (v *Reader) untagged(n *yaml.Node, key string, name *yaml.Node) bool {
	ref, err := imageref.Parse(strings.TrimSpace(name.Value))
	if key != "image" || err != nil || ref.Tag != "" || ref.Digest != "" || !v.hasPullPolicy(n) {
		return false
	}
	v.Parts(yamlimage.Parts{
		Name: v.withRegistry(ref.Name, nil), At: name, NoDigest: "the chart may put a tag behind it",
		NoTag: ecosystems.Reason{Code: ecosystems.Unpinned, Text: "no version is written, so every build may get another one"},
	})
	return true
}

// hasPullPolicy reports whether a mapping has a pull policy, which only images have.
func (v *Reader) hasPullPolicy(n *yaml.Node) bool {
	_, policy := v.first(n, []string{"pullPolicy", "imagePullPolicy"})
	return policy != nil
}

// first returns the first of the keys whose value in a mapping is a scalar.
func (v *Reader) first(n *yaml.Node, keys []string) (string, *yaml.Node) {
	for _, key := range keys {
		if t := yamltext.Target(v.Field(n, key)); t != nil && t.Kind == yaml.ScalarNode {
			return key, t
		}
	}
	return "", nil
}

// parts reads a mapping as an image in parts and returns the keys of the image;
// nil if it is none. Under a key that names an image, all name keys count;
// elsewhere only a repository with a tag beside it. Without a key for a tag or a
// digest, only "repository" counts, under a key that names an image or beside a
// pull policy.
func (v *Reader) parts(n *yaml.Node, key, path string) (used []string) {
	nameKey, name := v.first(n, nameKeys)
	tagKey, tag := v.first(n, tagKeys)
	digestKey, digest := v.first(n, digestKeys)
	_, host := v.first(n, hostKeys)
	imaged := imageKey.MatchString(key) || listOfImages(key)
	untagged := tag == nil && digest == nil
	switch {
	case yamlimage.IsEmpty(name), untagged && (nameKey != "repository" || !imaged && !v.hasPullPolicy(n)):
		return nil
	case tagKey == "version" && !imaged, nameKey == "name" && !imaged: // such keys describe anything
		return nil
	case nameKey == "image" && !imaged && host == nil && tagKey != "tag" && !strings.HasPrefix(strings.ToLower(tagKey), "image"):
		return nil
	}
	ref := strings.TrimSpace(name.Value)
	parsed, err := imageref.Parse(ref)
	if strings.Contains(ref, "://") || strings.HasPrefix(ref, "git@") || err != nil && (untagged || !imaged) && !imagepin.IsTemplate(ref) {
		return nil // a repository of charts or of code, not of images
	}
	if err == nil && (parsed.Tag != "" || parsed.Digest != "") && yamlimage.IsEmpty(tag) && yamlimage.IsEmpty(digest) {
		return nil // a whole reference with its own tag; mapping reads it
	}
	p := yamlimage.Parts{
		Name: v.withRegistry(ref, host), Tag: tag, Digest: digest, At: name,
		NoDigest: noDigest,
		NoTag:    ecosystems.Reason{Code: ecosystems.Unsupported, Text: "no tag is written: the chart decides, usually by its appVersion"},
	}
	if digest != nil { // withDigest replaces it if the digest is not empty
		p.NoDigest = "the key for the digest is empty, and stays so"
	}
	if other := v.otherDigest(n, digestKey); other != "" && !yamlimage.IsEmpty(tag) {
		d := v.Broken(tag, ecosystems.Unsupported, other+" holds another digest, which has to move with the tag and is not known")
		d.Name = p.Name
		v.Add(d)
		return []string{nameKey, tagKey, digestKey}
	}
	v.addParts(p, path)
	return []string{nameKey, tagKey, digestKey}
}

// addParts adds the image. Its tag is the appVersion of the chart if the templates use that.
func (v *Reader) addParts(p yamlimage.Parts, path string) {
	main := path == ".image" // where "helm create" puts it, and its templates look for it
	if main && yamlimage.IsEmpty(p.Tag) && yamlimage.IsEmpty(p.Digest) && v.Default != nil {
		v.Add(v.Default(p.Name, p.NoDigest))
		return
	}
	v.Parts(p)
	if main && v.Main != nil {
		v.Main()
	}
}

// withRegistry returns the repository with its registry.
func (v *Reader) withRegistry(repository string, host *yaml.Node) string {
	registry := ""
	if !yamlimage.IsEmpty(host) {
		registry = strings.TrimSpace(host.Value)
	}
	// Charts that have a key for the registry take the global one before it.
	if host != nil && v.registry != "" || registry == "" && !hasHost(repository) {
		registry = cmp.Or(v.registry, registry)
	}
	if registry == "" {
		return repository
	}
	return strings.TrimSuffix(registry, "/") + "/" + strings.TrimPrefix(repository, "/")
}

func hasHost(repository string) bool {
	first, _, found := strings.Cut(repository, "/")
	return found && (strings.ContainsAny(first, ".:") || first == "localhost")
}

var digestText = lazyregexp.New(`^(?:sha256:)?[0-9a-f]{64}$`)

// otherDigest returns another key of the mapping with a digest; "" for none.
func (v *Reader) otherDigest(n *yaml.Node, own string) string {
	for _, p := range v.Pairs(n) {
		if t := yamltext.Target(p.Value); p.Key != own && t != nil && t.Kind == yaml.ScalarNode && digestText.MatchString(t.Value) {
			return p.Key
		}
	}
	return ""
}
