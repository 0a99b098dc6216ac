package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/updater/config/value"
)

// Environment overrides the operator's file with the FRESHPIN_ variables. Lists are
// separated by commas, mirrors are host=url.
func (o *Operator) Environment(getenv func(string) string) error {
	set := o.variables()
	for _, name := range slices.Sorted(maps.Keys(set)) { // so that the first error is always the same
		if text := getenv(name); text != "" {
			if err := set[name](text); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name, to := range o.secrets() {
		if err := fromEnvironment(getenv, name, to); err != nil {
			return err
		}
	}
	return nil
}

// variables returns the function that each variable with a value of its own is given to.
func (o *Operator) variables() map[string]func(text string) error {
	return map[string]func(string) error{
		"FRESHPIN_INSECURE_REGISTRIES": list(&o.InsecureRegistries),
		"FRESHPIN_ALLOWED_HOSTS":       list(&o.AllowedHosts),
		"FRESHPIN_OWN_REGISTRIES":      list(&o.OwnRegistries),
		"FRESHPIN_PRIVATE_HOSTS":       list(&o.PrivateHosts),
		"FRESHPIN_REPOSITORIES":        list(&o.Repositories),
		"FRESHPIN_OPERATORS":           list(&o.Operators),
		"FRESHPIN_REGISTRY_MIRRORS":    o.RegistryMirrors.set,
		"FRESHPIN_GIT_MIRRORS":         o.GitMirrors.set,
		"FRESHPIN_ALLOW_DIRECT":        truth(&o.AllowDirect),
		"FRESHPIN_LAYERS":              truth(&o.Layers),
		"FRESHPIN_CACHE_LIFETIME":      optional(&o.Cache.Lifetime),
		"FRESHPIN_CACHE_SIZE":          o.Cache.Size.Set,
		"FRESHPIN_CACHE_DIR":           plain(&o.Cache.Dir),
		"FRESHPIN_TIMEOUT":             o.Timeout.Set,
		"FRESHPIN_JOBS":                positive(&o.Jobs),
		"FRESHPIN_OSV_URL":             plain(&o.OSVURL),
		"FRESHPIN_OSV_DB":              plain(&o.OSVDB),
		"FRESHPIN_END_OF_LIFE":         plain(&o.EndOfLife),
		"FRESHPIN_SIGSTORE_ROOT":       plain(&o.SigstoreRoot),
		"FRESHPIN_GITHUB_APP_ID":       positive(&o.GitHubAppID),
		"FRESHPIN_GITHUB_APP_KEY":      plain(&o.GitHubAppKey),
		"FRESHPIN_MODE":                optional(&o.Mode),
		"FRESHPIN_SCHEDULE":            optional(&o.Schedule),
		"FRESHPIN_TIMEZONE":            optional(&o.Timezone),
	}
}

// secrets returns the settings that a variable names, or a file that the same variable
// with _FILE names.
func (o *Operator) secrets() map[string]*string {
	return map[string]*string{
		"FRESHPIN_DATABASE": &o.Database, "FRESHPIN_LISTEN": &o.Listen, "FRESHPIN_BASE_URL": &o.BaseURL, "FRESHPIN_GITHUB_CLIENT_ID": &o.GitHubClientID,
		"FRESHPIN_GITHUB_CLIENT_SECRET": &o.GitHubClientSecret, "FRESHPIN_WEBHOOK_SECRET": &o.WebhookSecret, "FRESHPIN_REGISTRY_SECRET": &o.RegistrySecret,
		"FRESHPIN_READ_TOKEN": &o.ReadToken, "FRESHPIN_METRICS_TOKEN": &o.MetricsToken,
	}
}

// fromEnvironment reads a variable, or the file that the variable with the suffix _FILE names.
func fromEnvironment(getenv func(string) string, name string, to *string) error {
	if file := getenv(name + "_FILE"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		// Editors end a file with a line break, which is no part of the secret.
		*to = strings.TrimSpace(string(data))
	}
	if text := getenv(name); text != "" {
		*to = text
	}
	return nil
}

func plain(to *string) func(string) error {
	return func(text string) error { *to = text; return nil }
}

func list(to *[]string) func(string) error {
	return func(text string) error { *to = words(text); return nil }
}

func truth(to *bool) func(string) error {
	return func(text string) (err error) {
		if *to, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s is not true or false", value.Quote(text))
		}
		return nil
	}
}

func positive[N int | int64](to *N) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseInt(text, 10, 64)
		if *to = N(n); err != nil || n < 1 || int64(*to) != n {
			return fmt.Errorf("%q is not a number from 1", text)
		}
		return nil
	}
}

// optional sets a value that is nil where it is not given.
func optional[T any, V interface {
	*T
	value.Value
}](to *V) func(string) error {
	return func(text string) error {
		*to = new(T)
		return (*to).Set(text)
	}
}

// set replaces the mirrors by those of a list.
func (m *Mirrors) set(text string) error {
	*m = Mirrors{}
	for _, one := range words(text) {
		host, url, ok := strings.Cut(one, "=")
		if !ok {
			return fmt.Errorf("%s is not host=url", masked(one))
		}
		(*m)[host] = url
	}
	return nil
}

// masked quotes an address without its login.
func masked(s string) string {
	if before, after, ok := strings.Cut(s, "@"); ok {
		scheme, _, _ := strings.Cut(before, "://")
		s = scheme + "://…@" + after
	}
	return value.Quote(s)
}

// words splits a list at its commas.
func words(text string) (out []string) {
	for w := range strings.SplitSeq(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}
