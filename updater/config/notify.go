package config

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/freshpin/freshpin/updater/config/value"
)

// A Notify is a receiver of notifications.
type Notify struct {
	Name       string     `yaml:"name" json:"name" jsonschema:"required,description=unique: what was sent is remembered under it"`
	Kind       NotifyKind `yaml:"kind" json:"kind" jsonschema:"required"`
	URL        string     `yaml:"url" json:"url,omitempty" jsonschema:"description=of the webhook; of the homeserver for matrix"`
	URLFile    string     `yaml:"url_file" json:"url_file,omitempty" jsonschema:"description=a file that holds the url: that of Slack is a secret"`
	Secret     string     `yaml:"secret" json:"secret,omitempty" jsonschema:"description=signs a webhook; the access token for matrix"`
	SecretFile string     `yaml:"secret_file" json:"secret_file,omitempty"`
	Room       string     `yaml:"room" json:"room,omitempty" jsonschema:"description=of matrix: !id:example.org"`
	Events     []string   `yaml:"events" json:"events,omitempty" jsonschema:"description=vulnerable; pull-red; pull-old; pin-gone; unwell. All if nothing is said"`
	Digest     string     `yaml:"digest" json:"digest,omitempty" jsonschema:"description=the time of day at which one message tells all: 08:00. At once if nothing is said"`
}

// A NotifyKind is the protocol of a receiver.
type NotifyKind string

var notifyKinds = []string{"webhook", "slack", "matrix"}

// Set implements value.Value.
func (k *NotifyKind) Set(s string) error {
	if !slices.Contains(notifyKinds, s) {
		return fmt.Errorf("%q is not %s", s, strings.Join(notifyKinds, ", "))
	}
	*k = NotifyKind(s)
	return nil
}

// JSONSchema returns the schema with the allowed words.
func (NotifyKind) JSONSchema() *jsonschema.Schema { return value.Enum(notifyKinds) }

// Resolved returns the receiver with the contents of its secret files.
func (n Notify) Resolved() (Notify, error) {
	for _, f := range []struct {
		file string
		to   *string
	}{{n.URLFile, &n.URL}, {n.SecretFile, &n.Secret}} {
		if f.file == "" {
			continue
		}
		data, err := os.ReadFile(f.file)
		if err != nil {
			return n, fmt.Errorf("notify %s: %w", n.Name, err)
		}
		// Editors end a file with a line break, which is no part of the secret.
		*f.to = strings.TrimSpace(string(data))
	}
	return n, n.reachable()
}

// reachable returns an error if the address of a receiver is invalid. The error does not contain the address, which may be secret.
func (n Notify) reachable() error {
	u, err := url.Parse(n.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return fmt.Errorf("notify %s: its url is not an address such as https://hooks.example.org/freshpin", n.Name)
	}
	if n.Kind != "slack" && len(n.Secret) < minSecret {
		return fmt.Errorf("notify %s: a secret needs at least %d characters; openssl rand -hex 32 makes one", n.Name, minSecret)
	}
	return nil
}

// Clock returns the time of the daily digest after midnight; ok is false if events are sent immediately.
func (n Notify) Clock() (at time.Duration, ok bool) {
	t, err := time.Parse("15:04", n.Digest)
	if err != nil {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}

// checkNotify returns the mistakes in the settings of receivers.
func (o *Operator) checkNotify() (errs []error) {
	kinds := []string{"vulnerable", "pull-red", "pull-old", "pin-gone", "unwell"}
	names := map[string]bool{}
	for i, n := range o.Notify {
		wrong := func(form string, args ...any) {
			errs = append(errs, &Error{o.file, o.lines[fmt.Sprintf("notify[%d]", i)], fmt.Sprintf("notify: "+form, args...), "docs/notifications.md shows each kind"})
		}
		switch {
		case n.Name == "" || len(n.Name) > 60:
			wrong("the entry has no name of 1 to 60 characters")
		case names[n.Name]:
			wrong("the name %s is there twice", value.Quote(n.Name))
		case n.Kind == "":
			wrong("%s has no kind: %s", value.Quote(n.Name), strings.Join(notifyKinds, ", "))
		case (n.URL == "") == (n.URLFile == ""):
			wrong("%s needs either url or url_file", value.Quote(n.Name))
		case n.Secret != "" && n.SecretFile != "":
			wrong("%s has both secret and secret_file", value.Quote(n.Name))
		case n.Kind != "slack" && n.Secret == "" && n.SecretFile == "":
			wrong("%s needs secret or secret_file", value.Quote(n.Name))
		case (n.Kind == "matrix") != strings.HasPrefix(n.Room, "!"):
			wrong("%s: room is for matrix, and begins with !", value.Quote(n.Name))
		}
		for _, e := range n.Events {
			if !slices.Contains(kinds, e) {
				wrong("%s: the event %s is not %s", value.Quote(n.Name), value.Quote(e), strings.Join(kinds, ", "))
			}
		}
		if _, ok := n.Clock(); n.Digest != "" && !ok {
			wrong("%s: digest %s is not a time of day such as 08:00", value.Quote(n.Name), value.Quote(n.Digest))
		}
		names[n.Name] = true
	}
	return errs
}
