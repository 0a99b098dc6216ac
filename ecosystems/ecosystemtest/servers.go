package ecosystemtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// asking calls every method that queries a server, for the first dependency that can be looked up.
func (c *contract) asking(ctx context.Context, address string, do func(what string, err error) error) error {
	eco := c.Make(address)
	deps, err := eco.Extract(c.repo(c.Files[c.Path]), c.Path)
	if err != nil {
		return err
	}
	for _, d := range deps {
		to := c.Target(d)
		if !d.Skip.IsZero() || to.Version.IsZero() {
			continue
		}
		listing, err := eco.Versions(ctx, d.Package)
		if err == nil && len(listing.Candidates) > 0 {
			return fmt.Errorf("the versions of %s are %d candidates that no server gave", d.Name, len(listing.Candidates))
		}
		if err := do("Versions of "+d.Name, err); err != nil {
			return err
		}
		target, err := eco.Pins(ctx, d, to.Version)
		if err == nil && target.Digest == "" && target.Hashes == nil {
			continue // needs no request, so no server can fail
		}
		if err := do("Pins of "+d.Name, err); err != nil {
			return err
		}
	}
	return nil
}

func (c *contract) notFound(ctx context.Context) error {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return c.asking(ctx, s.URL, func(what string, err error) error {
		if err == nil {
			return fmt.Errorf("%s succeeds where the server answers 404", what)
		}
		if fetch.Code(err) != fetch.NotFound {
			return fmt.Errorf("%s: the code of a 404 is %q (%v)", what, fetch.Code(err), err)
		}
		return nil
	})
}

func (c *contract) brokenAnswers(ctx context.Context) error {
	for name, answer := range map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"no JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "\x00{[")
		},
		"the end early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			fmt.Fprint(w, "{")
		},
		"401":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
		"hang-up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		s := httptest.NewServer(answer)
		err := c.asking(ctx, s.URL, func(what string, err error) error {
			if err == nil {
				return fmt.Errorf("%s succeeds on %s", what, name)
			}
			return nil
		})
		s.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// cancelled checks that methods return the cause of a cancelled context and no answer.
func (c *contract) cancelled(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	stop()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	return c.asking(ctx, s.URL, func(what string, err error) error {
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%s of a cancelled context: %v", what, err)
		}
		return nil
	})
}

// optional calls the optional interfaces of the ecosystem with servers that
// answer "not found". It checks that the methods do not panic and return no result.
func (c *contract) optional(ctx context.Context) error {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	eco := c.Make(s.URL)
	deps, err := eco.Extract(c.repo(c.Files[c.Path]), c.Path)
	if err != nil {
		return err
	}
	for _, d := range deps {
		to := c.Target(d)
		if !d.Skip.IsZero() || to.Version.IsZero() {
			continue
		}
		if err := c.each(ctx, eco, d, to); err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	return nil
}

func (c *contract) each(ctx context.Context, eco ecosystems.Ecosystem, d ecosystems.Dependency, to ecosystems.Target) error {
	if err := facts(ctx, eco, d, to); err != nil {
		return err
	}
	if e, ok := eco.(ecosystems.Importer); ok {
		places, err := e.Imports(c.repo(c.Files[c.Path]), c.Path, []string{d.Package.Name})
		if err == nil && len(places) > 0 {
			return fmt.Errorf("method Imports finds %q in a repository without code", places)
		}
	}
	if e, ok := eco.(ecosystems.SetChecker); ok {
		moves := []ecosystems.Move{{Dependency: d, To: to}}
		verdicts, err := e.CheckSet(ctx, c.repo(c.Files[c.Path]), []string{c.Path}, moves)
		if err != nil || len(verdicts) != len(moves) {
			return fmt.Errorf("method CheckSet returns %d verdicts on one move (%v)", len(verdicts), err)
		}
	}
	return nil
}

// facts checks what an ecosystem says of one version.
func facts(ctx context.Context, eco ecosystems.Ecosystem, d ecosystems.Dependency, to ecosystems.Target) error {
	if e, ok := eco.(ecosystems.Dater); ok {
		if when, _ := e.Published(ctx, d, to.Version); !when.IsZero() && when.After(time.Now().AddDate(1, 0, 0)) {
			return fmt.Errorf("method Published makes up the date %v", when)
		}
	}
	if e, ok := eco.(ecosystems.Advised); ok {
		subject, ok := e.Advised(ctx, d.Package, to.Version)
		if ok && (subject.Ecosystem == "" || subject.Name == "" || subject.Version == "") {
			return fmt.Errorf("method Advised returns half a subject: %+v", subject)
		}
		if v, ok := e.ReadVersion(d.Package, subject.Version); subject.Version != "" && (!ok || version.Compare(v, to.Version) != 0) {
			return fmt.Errorf("method ReadVersion does not read the version that Advised writes: %q", subject.Version)
		}
	}
	if e, ok := eco.(ecosystems.Limiter); ok {
		if limit := e.Limit(d); limit != nil {
			limit(to.Version)
		}
	}
	if e, ok := eco.(ecosystems.Describer); ok {
		if links, err := e.Describe(ctx, d, to); err == nil && strings.ContainsAny(links.Source+links.Notes+links.Compare, " \n<>\"") {
			return fmt.Errorf("method Describe returns what is no address: %+v", links)
		}
	}
	return nil
}
