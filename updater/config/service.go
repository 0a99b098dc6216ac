package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/invopop/jsonschema"

	"github.com/freshpin/freshpin/updater/config/value"
)

// A Service holds the settings of freshpin serve. Each key with a single word or
// number is also a FRESHPIN_ variable. FRESHPIN_…_FILE reads a secret from a file.
type Service struct {
	Mode               *Mode           `yaml:"mode" json:"mode,omitempty" jsonschema:"description=observe: scan and show; propose: also open pull requests"`
	Repositories       []string        `yaml:"repositories" json:"repositories,omitempty" jsonschema:"description=which repositories take part: globs; topic:NAME; ! excludes; all if nothing is said"`
	For                []For           `yaml:"for" json:"for,omitempty" jsonschema:"description=what holds for some repositories; later entries win"`
	Limits             *Limits         `yaml:"limits" json:"limits,omitempty"`
	Stop               bool            `yaml:"stop" json:"stop,omitempty" jsonschema:"description=nothing is looked up and nothing is written; freshpin fleet stop does it at once"`
	Database           string          `yaml:"database" json:"database,omitempty" jsonschema:"description=a file or a postgres URL"`
	Listen             string          `yaml:"listen" json:"listen,omitempty" jsonschema:"description=the address of the service: 127.0.0.1:8080"`
	BaseURL            string          `yaml:"base_url" json:"base_url,omitempty" jsonschema:"description=how browsers reach the service: https://freshpin.acme.com"`
	Schedule           *value.Schedule `yaml:"schedule" json:"schedule,omitempty" jsonschema:"description=when repositories are looked at that chose nothing: a cron expression; once a week, spread, if nothing is said"`
	Timezone           *value.Zone     `yaml:"timezone" json:"timezone,omitempty" jsonschema:"description=of the schedule"`
	GitHubAppID        int64           `yaml:"github_app_id" json:"github_app_id,omitempty"`
	GitHubAppKey       string          `yaml:"github_app_key" json:"github_app_key,omitempty" jsonschema:"description=the file of the private key"`
	GitHubClientID     string          `yaml:"github_client_id" json:"github_client_id,omitempty" jsonschema:"description=of the same App, so that people can sign in"`
	GitHubClientSecret string          `yaml:"github_client_secret" json:"github_client_secret,omitempty"`
	WebhookSecret      string          `yaml:"webhook_secret" json:"webhook_secret,omitempty" jsonschema:"description=signs GitHub's webhooks; several while one is replaced, separated by commas"`
	RegistrySecret     string          `yaml:"registry_secret" json:"registry_secret,omitempty" jsonschema:"description=comes with the notifications of registries"`
	ReadToken          string          `yaml:"read_token" json:"read_token,omitempty" jsonschema:"description=sees everything and changes nothing"`
	MetricsToken       string          `yaml:"metrics_token" json:"metrics_token,omitempty" jsonschema:"description=Prometheus sends it to see /metrics; without it every client that reaches the service by its own name or a loopback one may"`
	Notify             []Notify        `yaml:"notify" json:"notify,omitempty" jsonschema:"description=who is told what happens"`
	PullOld            value.Duration  `yaml:"pull_old" json:"pull_old,omitempty" jsonschema:"description=a pull request that is open for longer is told; 14d if nothing is said"`
	Operators          []string        `yaml:"operators" json:"operators,omitempty" jsonschema:"description=GitHub logins that see everything and hold the stop switch"`
}

// Limits bound the work of the service.
type Limits struct {
	RepositoriesPerDay  *value.Count `yaml:"repositories_per_day" json:"repositories_per_day,omitempty" jsonschema:"description=new repositories a day; 0 for no limit"`
	PullRequestsPerHour *value.Count `yaml:"pull_requests_per_hour" json:"pull_requests_per_hour,omitempty" jsonschema:"description=new pull requests an hour over all repositories; 0 for no limit"`
	Passes              *value.Count `yaml:"passes" json:"passes,omitempty" jsonschema:"description=repositories that one process works on at once; 8 if nothing is said"`

	FilePins   *value.Amount   `yaml:"file_pins" json:"file_pins,omitempty" jsonschema:"description=pins in one file; 5000 if nothing is said; 0 for no limit but that of all programs (20000)"`
	Pins       *value.Amount   `yaml:"pins" json:"pins,omitempty" jsonschema:"description=pins looked at in one pass; 20000 if nothing is said; 0 for no limit"`
	Lookups    *value.Amount   `yaml:"lookups" json:"lookups,omitempty" jsonschema:"description=packages asked about in one pass; 10000 if nothing is said; 0 for no limit"`
	Candidates *value.Amount   `yaml:"candidates" json:"candidates,omitempty" jsonschema:"description=published versions held at once in one pass; 600000 if nothing is said; 0 for no limit"`
	Requests   *value.Amount   `yaml:"requests" json:"requests,omitempty" jsonschema:"description=requests sent for the lookups of one pass; 50000 if nothing is said; 0 for no limit"`
	Time       *value.Duration `yaml:"time" json:"time,omitempty" jsonschema:"description=after which one pass looks up nothing more; 30m if nothing is said; 0 for no limit"`
}

// A For holds the settings for some repositories.
type For struct {
	Match    ForMatch `yaml:"match" json:"match" jsonschema:"required"`
	Part     *bool    `yaml:"take_part" json:"take_part,omitempty" jsonschema:"description=whether they take part at all"`
	Mode     *Mode    `yaml:"mode" json:"mode,omitempty"`
	Defaults *Scope   `yaml:"defaults" json:"defaults,omitempty" jsonschema:"description=which they may override"`
	Enforce  *Scope   `yaml:"enforce" json:"enforce,omitempty" jsonschema:"description=which they may not override"`
}

// A ForMatch selects repositories; all given conditions have to match.
type ForMatch struct {
	Repository Words `yaml:"repository" json:"repository,omitempty" jsonschema:"description=globs over owner/name"`
	Topic      Words `yaml:"topic" json:"topic,omitempty" jsonschema:"description=topics, one of which it has"`
}

// Words is a list, or a single word.
type Words []string

// JSONSchema returns the schema of both forms.
func (Words) JSONSchema() *jsonschema.Schema {
	one := &jsonschema.Schema{Type: "string"}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
}

func (m ForMatch) matches(repo string, topics []string) bool {
	if len(m.Repository) > 0 && !slices.ContainsFunc(m.Repository, func(g string) bool { return globbed(g, repo) }) {
		return false
	}
	// GitHub keeps topics in lower case.
	return len(m.Topic) == 0 || slices.ContainsFunc(m.Topic, func(t string) bool { return slices.Contains(topics, strings.ToLower(t)) })
}

// globbed matches the name of a repository against a glob, ignoring case.
func globbed(glob, repo string) bool {
	return doublestar.MatchUnvalidated(strings.ToLower(glob), strings.ToLower(repo))
}

// Takes reports whether the service handles a repository. The last matching entry
// decides, else the list of repositories; without either it does.
func (o *Operator) Takes(repo string, topics []string) bool {
	part := o.listed(repo, topics)
	for _, f := range o.For {
		if f.Part != nil && f.Match.matches(repo, topics) {
			part = *f.Part
		}
	}
	return part
}

// listed applies the list of repositories: the last matching word decides. If all
// words exclude, every other repository is included.
func (o *Operator) listed(repo string, topics []string) bool {
	in := !slices.ContainsFunc(o.Repositories, func(w string) bool { return !strings.HasPrefix(w, "!") })
	for _, word := range o.Repositories {
		glob, not := strings.CutPrefix(word, "!")
		topic, isTopic := strings.CutPrefix(glob, "topic:")
		// Every word is looked at, because the last one that matches decides.
		if isTopic && slices.Contains(topics, strings.ToLower(topic)) || !isTopic && globbed(glob, repo) {
			in = !not
		}
	}
	return in
}

// Observes reports whether a repository is only scanned and shown. It is unless the
// operator has set the mode to propose.
func (o *Operator) Observes(repo string, topics []string) bool {
	mode := o.GeneralMode()
	for _, f := range o.For {
		if f.Mode != nil && f.Match.matches(repo, topics) {
			mode = *f.Mode
		}
	}
	return mode == "observe"
}

// GeneralMode returns the mode of repositories for which no entry sets another one.
func (o *Operator) GeneralMode() Mode {
	if o.Mode == nil {
		return "observe" // a new service must not open pull requests before it is asked to
	}
	return *o.Mode
}

// about returns the operator's settings for one repository, with the scopes of the
// matching entries after the general ones.
func (o *Operator) about(repo string, topics []string) *Operator {
	one := *o
	for n, f := range o.For {
		if !f.Match.matches(repo, topics) {
			continue
		}
		key := fmt.Sprintf("for[%d]", n)
		one.moreDefaults = append(one.moreDefaults, scoped{f.Defaults, key + ".defaults"})
		one.moreEnforced = append(one.moreEnforced, scoped{f.Enforce, key + ".enforce"})
	}
	return &one
}

// A scoped is a scope with its key in the operator's file; nil if the file does not have it.
type scoped struct {
	*Scope
	key string
}

// About returns the overrides for one repository.
func (o Overrides) About(repo string, topics []string) Overrides {
	if o.Operator != nil {
		o.Operator = o.Operator.about(repo, topics)
	}
	return o
}

// Choose sets mode and schedule from the command line; "" leaves a setting unchanged.
func (o *Operator) Choose(mode, schedule string) error {
	if mode != "" {
		if err := optional(&o.Mode)(mode); err != nil {
			return fmt.Errorf("mode: %w", err)
		}
	}
	if schedule != "" {
		if err := optional(&o.Schedule)(schedule); err != nil {
			return fmt.Errorf("schedule: %w", err)
		}
	}
	return nil
}

// minSecret is the minimum length of a secret, in characters.
const minSecret = 16

// CheckService returns the mistakes in the settings of the service, each as one sentence without secrets.
func (o *Operator) CheckService() (errs []error) {
	if _, _, err := net.SplitHostPort(o.Listen); o.Listen != "" && err != nil {
		errs = append(errs, fmt.Errorf("listen: %s is not an address such as 127.0.0.1:8080", value.Quote(o.Listen)))
	}
	if u, err := url.Parse(o.BaseURL); o.BaseURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "") {
		errs = append(errs, fmt.Errorf("base_url: %s is not an address such as https://freshpin.acme.com", value.Quote(o.BaseURL)))
	}
	for _, s := range []struct{ key, secrets string }{
		{"webhook_secret", o.WebhookSecret}, {"registry_secret", o.RegistrySecret}, {"read_token", o.ReadToken}, {"metrics_token", o.MetricsToken},
	} {
		if slices.ContainsFunc(words(s.secrets), func(one string) bool { return len(one) < minSecret }) {
			errs = append(errs, fmt.Errorf("%s: a secret needs at least %d characters; openssl rand -hex 32 makes one", s.key, minSecret))
		}
	}
	if (o.GitHubClientID == "") != (o.GitHubClientSecret == "") {
		errs = append(errs, fmt.Errorf("github_client_id and github_client_secret belong together: set both (the secret also as FRESHPIN_GITHUB_CLIENT_SECRET, or in a file that FRESHPIN_GITHUB_CLIENT_SECRET_FILE names)"))
	}
	for _, w := range o.Repositories {
		if g := strings.TrimPrefix(w, "!"); !strings.HasPrefix(g, "topic:") && (!doublestar.ValidatePattern(g) || !strings.Contains(g, "/")) {
			errs = append(errs, fmt.Errorf("repositories: %s is not a glob over owner/name such as acme/*, nor topic:NAME", value.Quote(w)))
		}
	}
	errs = append(errs, o.checkNotify()...)
	for n, f := range o.For {
		if len(f.Match.Repository)+len(f.Match.Topic) == 0 {
			errs = append(errs, &Error{o.file, o.lines[fmt.Sprintf("for[%d]", n)], "the entry matches nothing in particular", "give it match: {repository: acme/*}"})
		}
	}
	return errs
}
