package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/store/database"
)

// checkConfig prints the settings in force, without secrets, and checks whether
// everything that the service needs answers.
func (s *command) checkConfig(ctx context.Context, set *wiring.Settings) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"setting", "value"})
	for _, row := range s.applies(set) {
		t.AppendRow(table.Row{row[0], row[1]})
	}
	fmt.Fprintln(s.Stdout, t.Render())
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	for _, check := range []struct {
		what string
		ask  func(context.Context, *wiring.Settings) (string, error)
	}{{"database", CheckDatabase}, {set.Forge.Title, checkHub}, {"sign-in", s.checkSignIn}, {"webhooks", s.checkWebhooks}, {"texts", s.checkTexts}, {"notify", s.checkReceivers}} {
		said, err := check.ask(ctx, set)
		if err != nil {
			console.Line(s.Stdout, "%-9s %v", check.what, err)
			var u *console.UsageError
			if errors.As(err, &u) && u.Hint != "" {
				console.Line(s.Stdout, "%-9s -> %s", "", u.Hint)
			}
			// The other checks still run, so that an operator sees every mistake at once.
			s.Code = console.ExitUsage
			continue
		}
		console.Line(s.Stdout, "%-9s %s", check.what, said)
	}
	return nil
}

// applies returns the settings in the order in which an operator thinks of them.
func (s *command) applies(set *wiring.Settings) [][2]string {
	o := set.Operator
	schedule := "once a week, spread by repository"
	if o.Schedule != nil {
		schedule = string(*o.Schedule)
	}
	signIn := "none"
	switch {
	case s.noLogin:
		signIn = "everyone (--insecure-no-login)"
	case set.Forge.SignIn != nil:
		signIn = "with " + set.Forge.Title + "; operators: " + cmp.Or(strings.Join(o.Operators, ", "), "none")
	case o.ReadToken != "":
		signIn = "by the read token only"
	}
	return [][2]string{
		{"login", set.Forge.Login}, {"listen", o.Listen}, {"base_url", cmp.Or(o.BaseURL, "http://"+o.Listen)}, {"database", PlainDatabase(o.Database)},
		{"mode", string(o.GeneralMode())}, {"repositories", cmp.Or(strings.Join(o.Repositories, ", "), "all")}, {"schedule", schedule},
		{"repositories_per_day", limitWord(limit(o, perDay))}, {"pull_requests_per_hour", limitWord(limit(o, perHour))},
		{"webhook_secret", isSet(o.WebhookSecret)}, {"registry_secret", isSet(o.RegistrySecret)}, {"read_token", isSet(o.ReadToken)}, {"metrics_token", isSet(o.MetricsToken)}, {"sign-in", signIn},
		{"stop", fmt.Sprint(o.Stop)},
	}
}

func limitWord(n int) string {
	if n == 0 {
		return "no limit"
	}
	return fmt.Sprint(n)
}

func isSet(secret string) string {
	if secret == "" {
		return "not set"
	}
	return "set"
}

// PlainDatabase returns the name of a database for display: an address without its login, a file
// unchanged.
func PlainDatabase(dsn string) string {
	if strings.Contains(dsn, "://") {
		return fetch.Redact(dsn)
	}
	return dsn
}

// CheckDatabase connects to the database. It does not create a missing file; only serve does.
func CheckDatabase(ctx context.Context, set *wiring.Settings) (string, error) {
	dsn := set.Operator.Database
	// Addresses and SQLite's :memory: name no file.
	if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) && !strings.Contains(dsn, "://") && !strings.HasPrefix(dsn, ":") {
		// serve makes the file, and not its folder.
		if _, err := os.Stat(filepath.Dir(dsn)); err != nil {
			return "", fmt.Errorf("the folder of %s: %w", dsn, console.Cause(err))
		}
		return dsn + " does not exist yet; serve creates it", nil
	}
	db, err := database.Open(ctx, set.Operator.Database, database.Options{})
	if err != nil {
		return "", err
	}
	return "answers", errors.Join(db.Ping(ctx), db.Close())
}

func checkHub(ctx context.Context, set *wiring.Settings) (string, error) {
	hub, err := hub(set, nil, nil)
	if err != nil {
		return "", err
	}
	list, err := hub.Installations(ctx)
	if err != nil {
		return "", err
	}
	var accounts []string
	for _, i := range list {
		accounts = append(accounts, i.Account)
	}
	return "answers; installed for " + cmp.Or(strings.Join(accounts, ", "), "no account yet"), nil
}

// checkSignIn reports a configuration in which the pages cannot be seen.
func (s *command) checkSignIn(_ context.Context, set *wiring.Settings) (string, error) {
	o, forge := set.Operator, set.Forge
	switch {
	case s.noLogin:
		return "none: everyone who reaches the pages can see and do everything", nil
	case forge.SignIn == nil && o.ReadToken == "":
		return "", fmt.Errorf("no sign-in is configured, so the pages cannot be seen: set %s of the %s App (people sign in with %[2]s), or read_token (one token that sees everything), or --insecure-no-login on loopback", strings.Join(forge.SignInKeys, " and "), forge.Title)
	case forge.SignIn == nil:
		return "only with the read token, which shows everything and changes nothing", nil
	case o.BaseURL == "":
		return "with " + forge.Title + "; base_url is not set, so " + forge.Title + " must send people back to http://" + o.Listen + "/auth/callback", nil
	}
	return "with " + forge.Title + ", which must send people back to " + strings.TrimSuffix(o.BaseURL, "/") + "/auth/callback", nil
}

// checkWebhooks reports what the service learns without webhooks.
func (s *command) checkWebhooks(_ context.Context, set *wiring.Settings) (string, error) {
	if set.Operator.WebhookSecret == "" {
		return "not used: webhook_secret is not set, so pushes and comments are noticed at the next scheduled pass", nil
	}
	return "received at /webhooks/" + set.Forge.Name, nil
}

func (s *command) checkTexts(context.Context, *wiring.Settings) (string, error) {
	_, err := wiring.Texts(s.Getenv, s.templates)
	return "can be used", err
}

// askHealth asks a running service whether it is ready, for container images without a shell.
func (s *command) askHealth(ctx context.Context, set *wiring.Settings) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	host, port, err := net.SplitHostPort(set.Operator.Listen)
	if err != nil {
		return console.Usagef("listen: %w", err)
	}
	// A service may listen at all addresses, and a request goes to one.
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	// The guard refuses private addresses, and the service may have one.
	own := &http.Client{Transport: fetch.Guarded(func(at string) bool { return at == req.URL.Host })}
	res, err := own.Do(req)
	if err != nil {
		return fmt.Errorf("ask whether the service is ready: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("the service is not ready: %s", strings.TrimSpace(string(text))), err)
	}
	console.Line(s.Stdout, "%s", strings.TrimSpace(string(text)))
	return nil
}
