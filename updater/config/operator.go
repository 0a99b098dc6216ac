package config

import (
	"fmt"
	"net/url"
	"os"
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

// Environment overrides the operator's file with the FRESHPIN_ variables. Lists are
// separated by commas, mirrors are host=url.
func (o *Operator) Environment(getenv func(string) string) error {
	for name, to := range map[string]*[]string{
		"FRESHPIN_INSECURE_REGISTRIES": &o.InsecureRegistries, "FRESHPIN_ALLOWED_HOSTS": &o.AllowedHosts, "FRESHPIN_OWN_REGISTRIES": &o.OwnRegistries,
		"FRESHPIN_PRIVATE_HOSTS": &o.PrivateHosts,
	} {
		if text := getenv(name); text != "" {
			*to = words(text)
		}
	}
	for name, to := range map[string]*Mirrors{"FRESHPIN_REGISTRY_MIRRORS": &o.RegistryMirrors, "FRESHPIN_GIT_MIRRORS": &o.GitMirrors} {
		if text := getenv(name); text != "" {
			*to = Mirrors{}
			for _, one := range words(text) {
				host, url, ok := strings.Cut(one, "=")
				if !ok {
					return fmt.Errorf("%s: %s is not host=url", name, masked(one))
				}
				(*to)[host] = url
			}
		}
	}
	for name, to := range map[string]*bool{"FRESHPIN_ALLOW_DIRECT": &o.AllowDirect, "FRESHPIN_LAYERS": &o.Layers} {
		if text := getenv(name); text != "" {
			var err error
			if *to, err = strconv.ParseBool(text); err != nil {
				return fmt.Errorf("%s: %s is not true or false", name, value.Quote(text))
			}
		}
	}
	lifetime := new(value.Duration)
	if o.Cache.Lifetime != nil {
		*lifetime = *o.Cache.Lifetime
	}
	if getenv("FRESHPIN_CACHE_LIFETIME") != "" {
		o.Cache.Lifetime = lifetime
	}
	for _, v := range []struct {
		name string
		to   value.Value
	}{{"FRESHPIN_CACHE_LIFETIME", lifetime}, {"FRESHPIN_CACHE_SIZE", &o.Cache.Size}, {"FRESHPIN_TIMEOUT", &o.Timeout}, {"FRESHPIN_JOBS", (*number)(&o.Jobs)}, {"FRESHPIN_CACHE_DIR", (*text)(&o.Cache.Dir)},
		{"FRESHPIN_OSV_URL", (*text)(&o.OSVURL)}, {"FRESHPIN_OSV_DB", (*text)(&o.OSVDB)}, {"FRESHPIN_END_OF_LIFE", (*text)(&o.EndOfLife)}, {"FRESHPIN_SIGSTORE_ROOT", (*text)(&o.SigstoreRoot)},
		{"FRESHPIN_GITHUB_APP_ID", (*identifier)(&o.GitHubAppID)}, {"FRESHPIN_GITHUB_APP_KEY", (*text)(&o.GitHubAppKey)}} {
		if s := getenv(v.name); s != "" {
			if err := v.to.Set(s); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	return o.serviceEnvironment(getenv)
}

// Misspelt returns the variables of an environment ("NAME=value") that have our
// prefix and an unknown name that is similar to a known one, mapped to that one.
// own are the known variables that other packages read.
func Misspelt(environ []string, own ...string) map[string]string {
	known := map[string]bool{}
	for _, name := range own {
		known[name] = true
	}
	// Collects the known names by recording which ones are read, to avoid a second list.
	_ = (&Operator{}).Environment(func(name string) string {
		known[name] = true
		return ""
	})
	var words []string
	for name := range known {
		words = append(words, strings.ToLower(name))
	}
	found := map[string]string{}
	for _, one := range environ {
		name, _, _ := strings.Cut(one, "=")
		if rest, ours := strings.CutPrefix(name, "FRESHPIN_"); !ours || rest == "" || known[name] {
			continue
		}
		if w := strings.ToUpper(Closest(name, words)); w != "" && levenshtein.Distance(name, w, nil) <= 2 {
			found[name] = w
		}
	}
	return found
}

// masked quotes an address without its login.
func masked(s string) string {
	if before, after, ok := strings.Cut(s, "@"); ok {
		scheme, _, _ := strings.Cut(before, "://")
		s = scheme + "://…@" + after
	}
	return value.Quote(s)
}

type (
	number     int
	identifier int64
	text       string
)

func (n *identifier) Set(s string) error {
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil || i < 1 {
		return fmt.Errorf("%q is not a number from 1", s)
	}
	*n = identifier(i)
	return nil
}

func (n *number) Set(s string) error {
	i, err := strconv.Atoi(s)
	if err != nil || i < 1 {
		return fmt.Errorf("%q is not a number from 1", s)
	}
	*n = number(i)
	return nil
}

func (t *text) Set(s string) error {
	*t = text(s)
	return nil
}

func words(text string) []string {
	var out []string
	for w := range strings.SplitSeq(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// below applies the operator's defaults and registries, which a repository's settings can override.
func (o *Operator) below(p *policy.Policy, d subject, file string, now time.Time) {
	if o.Defaults != nil {
		o.scope(*o.Defaults, "defaults", p, d, file, now)
	}
	for _, more := range o.moreDefaults {
		o.scope(more.Scope, more.key, p, d, file, now)
	}
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
	if o.Enforce != nil {
		o.scope(*o.Enforce, "enforce", p, d, file, now)
	}
	for _, more := range o.moreEnforced {
		o.scope(more.Scope, more.key, p, d, file, now)
	}
}

func (o *Operator) scope(s Scope, key string, p *policy.Policy, d subject, file string, now time.Time) {
	l := layer{o.file, o.lines, key}
	s.Choice.apply(p, l)
	for n, r := range s.Rules {
		if !r.Match.matches(d, file) {
			continue
		}
		l.path = fmt.Sprintf("%s.rules[%d]", key, n)
		r.apply(p, l, now)
	}
}
