package kustomize

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/deploypin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/helmvalues"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// repository matches what kustomize fetches with git: a scheme, a login of ssh, or a well-known host.
var repository = lazyregexp.New(`^(?:git::|git@|ssh://|https?://|github\.com[/:]|gitlab\.com[/:]|bitbucket\.org[/:])`)

// remote reads a base or resource in another repository, whose tag is in the
// query: ref= or version=. See
// https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md
func (r reader) remote(n *yaml.Node) {
	n = yamltext.Target(n)
	if n == nil || n.Kind != yaml.ScalarNode || !repository.MatchString(n.Value) {
		return
	}
	address, query, _ := strings.Cut(n.Value, "?")
	start, ref := refOf(query)
	start += len(address) + len("?")
	s := r.Scalar(n)
	span, ok := s.Span()
	home, short, known := repositoryOf(address)
	switch {
	case ref == "":
		r.leave(n, ecosystems.URL, "fetched from another place, and no ref of it is written")
	case s.Filled || imagepin.IsTemplate(n.Value):
		r.leave(n, ecosystems.Variable, "a template fills it in: the ref is not known here")
	case !ok:
		r.leave(n, ecosystems.Unsupported, "the ref is written with escapes or over several lines")
	case strings.ContainsAny(ref, escaped):
		r.leave(n, ecosystems.Unsupported, "the ref is written with the escapes of addresses")
	case !known:
		r.leave(n, ecosystems.Unsupported, "not the address of a repository that is reached over https")
	default:
		at := ecosystems.Span{File: r.Path, Start: span.Start + start, End: span.Start + start + len(ref)}
		p := gitpin.Place{
			Name: short, Package: deploypin.Repository(short, home), Ref: ref, At: at,
			NoDigest: "not every server lets kustomize fetch a commit by its name",
		}
		d := gitpin.Read(p.Beside(r.File, n, s))
		// A version with such characters would have to be escaped in the query.
		d.Pin.Excludes = func(v version.Version) bool { return strings.ContainsAny(v.Text, escaped) }
		r.Add(d)
	}
}

// escaped are the characters that a query must escape, and the escape character.
const escaped = "%+&#?"

// leave adds a remote base that cannot be updated, with the reason.
func (r reader) leave(n *yaml.Node, code, why string) {
	d := r.Broken(n, code, why)
	if at, ok := r.Scalar(n).Span(); ok {
		d.At = []ecosystems.Span{at}
	}
	d.Name = imagepin.Clip(n.Value)
	r.Add(d)
}

// refOf returns the ref in a query, as written, and its byte offset; "" for none.
// The first ref= has precedence over the first version=, as in kustomize (parseQuery).
func refOf(query string) (start int, ref string) {
	found := map[string]int{}
	at := 0
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if _, again := found[name]; !again && value != "" {
			found[name] = at + len(name) + len("=")
		}
		at += len(part) + len("&")
	}
	for _, name := range []string{"ref", "version"} {
		if start, ok := found[name]; ok {
			ref, _, _ = strings.Cut(query[start:], "&")
			return start, ref
		}
	}
	return 0, ""
}

// server matches a server with its port and the separator after it.
var server = lazyregexp.New(`^[^/:]+(?::\d+/|[/:])`)

// repositoryOf returns the repository of an address that may end with a folder:
// home is the address for git, short the name for people. ok is false if https
// does not reach it. The folder begins after "//", after ".git", or after two
// names (kustomize, api/internal/git/repospec.go).
func repositoryOf(address string) (home, short string, ok bool) {
	address = strings.TrimPrefix(address, "git::")
	host := 0
	if i := strings.Index(address, "://"); i >= 0 {
		host = i + len("://")
	}
	end := server.FindStringIndex(address[host:])
	if end == nil {
		return "", "", false
	}
	host += end[1]
	path := address[host:]
	switch {
	case strings.Contains(path, "//"):
		path, _, _ = strings.Cut(path, "//")
	case strings.Contains(path+"/", ".git/"):
		path = path[:strings.Index(path+"/", ".git/")+len(".git")]
	case strings.Contains(path, "_git/"):
		before, name, _ := strings.Cut(path, "_git/")
		name, _, _ = strings.Cut(name, "/")
		path = before + "_git/" + name
	default:
		if parts := strings.SplitN(path, "/", 3); len(parts) == 3 {
			path = parts[0] + "/" + parts[1]
		}
	}
	home, ok = gitrefs.Address(address[:host] + strings.TrimRight(path, "/"))
	if !ok {
		return "", "", false
	}
	_, short, _ = strings.Cut(strings.TrimSuffix(home, ".git"), "://")
	return home, short, true
}

// chart reads a chart that kustomize inflates, and the images in the values beside it. See
// https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#field-name-helmcharts
func (r reader) chart(n *yaml.Node, nameKey, repoKey, versionKey string) {
	if n = yamltext.Target(n); n == nil || n.Kind != yaml.MappingNode {
		return
	}
	if v := yamltext.Target(r.Field(n, versionKey)); !yamlimage.IsEmpty(v) && r.Text(n, nameKey) != "" {
		r.Add(chartpin.Read(r.Reader, r.Text(n, nameKey), r.Text(n, repoKey), v))
	}
	helmvalues.Read(r.Reader, r.Field(n, "valuesInline"))
}
