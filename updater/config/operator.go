package config

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/policy"
)

// An Operator holds the settings that a repository must not decide. Every key is
// also an environment variable: registry_mirrors is FRESHPIN_REGISTRY_MIRRORS.
type Operator struct {
	RegistryMirrors    Mirrors        `yaml:"registry_mirrors" json:"registry_mirrors,omitempty" jsonschema:"description=which server answers for a registry: docker.io: http://127.0.0.1:5000"`
	GitMirrors         Mirrors        `yaml:"git_mirrors" json:"git_mirrors,omitempty" jsonschema:"description=which server answers for the git repositories of a host: github.com: https://git.example.com/mirror"`
	InsecureRegistries []string       `yaml:"insecure_registries" json:"insecure_registries,omitempty" jsonschema:"description=registries that are asked without TLS"`
	AllowedHosts       []string       `yaml:"allowed_hosts" json:"allowed_hosts,omitempty" jsonschema:"description=package indexes that a requirements file may name"`
	PrivateHosts       []string       `yaml:"private_hosts" json:"private_hosts,omitempty" jsonschema:"description=hosts that may have private or local addresses where strangers' files name them: in a service and in CI; * for all"`
	AllowDirect        bool           `yaml:"allow_direct" json:"allow_direct,omitempty" jsonschema:"description=let the go command ask version control where GOPROXY says direct; and for private modules"`
	OwnRegistries      []string       `yaml:"own_registries" json:"own_registries,omitempty" jsonschema:"description=registries and prefixes of packages that need no cooldown"`
	OSVURL             string         `yaml:"osv_url" json:"osv_url,omitempty" jsonschema:"description=the service that is asked for known vulnerabilities in the OSV format; none turns the lookup off"`
	OSVDB              string         `yaml:"osv_db" json:"osv_db,omitempty" jsonschema:"description=a folder or zip archive of advisories in the OSV format that is read instead"`
	Layers             bool           `yaml:"layers" json:"layers,omitempty" jsonschema:"description=download the layers of images that have no list of packages attached; to tell in pull requests what is new in them"`
	EndOfLife          string         `yaml:"end_of_life" json:"end_of_life,omitempty" jsonschema:"description=a file of dates at which lines stop getting fixes: they override the built-in ones"`
	SigstoreRoot       string         `yaml:"sigstore_root" json:"sigstore_root,omitempty" jsonschema:"description=a trusted_root.json: the authorities and logs to trust for keyless signatures; without it those of the public Sigstore"`
	Cache              Cache          `yaml:"cache" json:"cache,omitempty"`
	Jobs               int            `yaml:"jobs" json:"jobs,omitempty" jsonschema:"description=how many lookups run at once"`
	Timeout            value.Duration `yaml:"timeout" json:"timeout,omitempty" jsonschema:"description=of a whole run"`
	Defaults           *Scope         `yaml:"defaults" json:"defaults,omitempty" jsonschema:"description=for all repositories; each may override them"`
	Enforce            *Scope         `yaml:"enforce" json:"enforce,omitempty" jsonschema:"description=for all repositories; none may override them"`

	Service `yaml:",inline"`

	moreDefaults []scoped // for one repository, see about
	moreEnforced []scoped
	file         string
	lines        map[string]int
}

// A Mode says whether the service opens pull requests or only shows updates.
type Mode string

// modeWords are the words of mode.
var modeWords = []string{"observe", "propose"}

// Set implements value.Value.
func (m *Mode) Set(s string) error { return value.SetWord(m, s, modeWords) }

// JSONSchema returns the schema with the allowed words.
func (Mode) JSONSchema() *jsonschema.Schema { return value.Enum(modeWords) }

// A Scope is a choice with rules that override it.
type Scope struct {
	Choice `yaml:",inline"`
	Rules  []Rule `yaml:"rules" json:"rules,omitempty"`
}

// A Cache holds the settings of the cache of answers.
type Cache struct {
	Dir      string          `yaml:"dir" json:"dir,omitempty" jsonschema:"description=the folder"`
	Lifetime *value.Duration `yaml:"lifetime" json:"lifetime,omitempty" jsonschema:"description=within which nothing is asked again; 0 asks always whether anything changed"`
	Size     Size            `yaml:"size" json:"size,omitempty" jsonschema:"description=the oldest answers go first beyond it"`
}

// A Size is a number of bytes: 512MB, 2GB.
type Size int64

// Set implements value.Value.
func (s *Size) Set(text string) error {
	for unit, factor := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30} {
		digits, ok := strings.CutSuffix(text, unit)
		// With 32 bits the product with the unit cannot overflow.
		if n, err := strconv.ParseInt(digits, 10, 32); ok && err == nil && n > 0 {
			*s = Size(n * factor)
			return nil
		}
	}
	return fmt.Errorf("%q is not a size such as 512MB or 2GB", text)
}

// JSONSchema returns the schema of the text.
func (Size) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+[KMG]B$`}
}

// Mirrors maps a host to the URL of its mirror.
type Mirrors map[string]string

// UnmarshalYAML decodes a mapping of hosts to URLs.
func (m *Mirrors) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("needs hosts and URLs, not %s", describe(n))
	}
	*m = Mirrors{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i+1].Kind != yaml.ScalarNode {
			return fmt.Errorf("of %s needs a URL", n.Content[i].Value)
		}
		(*m)[n.Content[i].Value] = n.Content[i+1].Value
	}
	return nil
}

// LoadOperator reads the operator's file and returns all mistakes in it, each an
// *Error. known are the ecosystems that it may name.
func LoadOperator(file string, known ecosystems.Infos) (*Operator, []error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, []error{err}
	}
	o := &Operator{file: file}
	lines, errs := parse(file, data, o, known)
	o.lines = lines
	scopes := map[string]*Scope{"defaults": o.Defaults, "enforce": o.Enforce}
	for n, f := range o.For {
		scopes[fmt.Sprintf("for[%d].defaults", n)], scopes[fmt.Sprintf("for[%d].enforce", n)] = f.Defaults, f.Enforce
	}
	if len(errs) > 0 {
		return o, errs
	}
	for key, scope := range scopes {
		if scope != nil {
			errs = append(errs, checkRules(file, key, scope.Rules, lines, known)...)
		}
	}
	sortErrors(errs)
	return o, errs
}

// Misspelt returns the variables of an environment ("NAME=value") that have our
// prefix and an unknown name that is similar to a known one, mapped to that one.
// own are the known variables that other packages read.
func Misspelt(environ []string, own ...string) map[string]string {
	known := append(slices.Collect(maps.Keys((&Operator{}).variables())), own...)
	for name := range (&Operator{}).secrets() {
		known = append(known, name, name+"_FILE")
	}
	var words []string
	for _, name := range known {
		words = append(words, strings.ToLower(name))
	}
	found := map[string]string{}
	for _, one := range environ {
		name, _, _ := strings.Cut(one, "=")
		if rest, ours := strings.CutPrefix(name, "FRESHPIN_"); !ours || rest == "" || slices.Contains(known, name) {
			continue
		}
		// Closest takes more for long names, which may be variables of other programs.
		if w := strings.ToUpper(Closest(name, words)); w != "" && levenshtein.Distance(name, w, nil) <= 2 {
			found[name] = w
		}
	}
	return found
}

// below applies the operator's defaults and registries, which a repository's settings can override.
func (o *Operator) below(p *policy.Policy, d subject, file string, now time.Time) {
	o.scopes(scoped{o.Defaults, "defaults"}, o.moreDefaults, p, d, file, now)
	for _, own := range o.OwnRegistries {
		if d.Package.Name == own || strings.HasPrefix(d.Package.Name, strings.TrimSuffix(own, "/")+"/") || allOwn(d.Package.Index, own) {
			p.Packages, p.Rebuilds = 0, 0
			p.Why = append(p.Why, "cooldown: 0 because the operator names "+own+" as own")
		}
	}
}

// allOwn reports whether a file names indexes and all of them are on the operator's own host.
func allOwn(indexes, own string) bool {
	for line := range strings.SplitSeq(indexes, "\n") {
		if u, err := url.Parse(line); err != nil || u.Host == "" || u.Host != own {
			return false
		}
	}
	return true
}

// above applies the operator's enforced settings, which override everything.
func (o *Operator) above(p *policy.Policy, d subject, file string, now time.Time) {
	o.scopes(scoped{o.Enforce, "enforce"}, o.moreEnforced, p, d, file, now)
}

// scopes applies a scope for all repositories, and then those for this one.
func (o *Operator) scopes(all scoped, more []scoped, p *policy.Policy, d subject, file string, now time.Time) {
	for _, s := range append([]scoped{all}, more...) {
		if s.Scope == nil {
			continue
		}
		s.Choice.apply(p, layer{o.file, o.lines, s.key})
		for n, r := range s.Rules {
			if r.Match.matches(d, file) {
				r.apply(p, layer{o.file, o.lines, fmt.Sprintf("%s.rules[%d]", s.key, n)}, now)
			}
		}
	}
}
