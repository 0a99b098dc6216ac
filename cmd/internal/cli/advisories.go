package cli

import (
	"cmp"
	"context"
	"net/url"
	"os"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

// publicOSV is the advisory service used unless the operator names another.
const publicOSV = "https://api.osv.dev"

// advisories returns the source of known vulnerabilities, nil if osv_url is "none".
func (s *settings) advisories() (advisory.Source, error) {
	if db := s.operator.OSVDB; db != "" {
		folder, err := advisory.Open(db)
		if err != nil {
			return nil, console.Usagef("%w", err)
		}
		if n := len(folder.Skipped); n > 0 {
			console.Line(s.env.Stderr, "freshpin: %d files of %s are not advisories; the first: %v", n, db, folder.Skipped[0])
		}
		return folder, nil
	}
	if s.operator.OSVURL == "none" || s.offline {
		return nil, nil
	}
	client, err := advisory.NewClient(s.client, cmp.Or(s.operator.OSVURL, publicOSV))
	if err != nil {
		return nil, console.Usagef("%w", err)
	}
	return client, nil
}

// ends returns the end-of-life dates of release lines: the operator's table over the bundled one.
func (s *settings) ends() (*endoflife.Table, error) {
	table := endoflife.Bundled()
	if s.operator.EndOfLife == "" {
		return table, nil
	}
	data, err := os.ReadFile(s.operator.EndOfLife)
	if err != nil {
		return nil, console.Usagef("end_of_life: %w", err)
	}
	own, err := endoflife.Read(data)
	if err != nil {
		return nil, console.Usagef("end_of_life: %s: %w", s.operator.EndOfLife, err)
	}
	return table.With(own), nil
}

// scan returns a Scan configured with all of the operator's settings.
func (s *settings) scan() (updater.Scan, error) {
	source, err := s.advisories()
	if err != nil {
		return updater.Scan{}, err
	}
	ends, err := s.ends()
	if err != nil {
		return updater.Scan{}, err
	}
	if file := s.operator.SigstoreRoot; file != "" {
		if _, err := root.NewTrustedRootFromPath(file); err != nil {
			return updater.Scan{}, console.Usagef("sigstore_root: %s: %w", file, err)
		}
	}
	return updater.Scan{
		Ecosystems: s.ecosystems(), Advisories: source, Ends: ends,
		Signatures: &signature.Verifier{Root: s.trustRoot}, Releases: s.releases(), Layers: s.operator.Layers, Limits: s.limits(),
	}, nil
}

// releases reads release notes from GitHub.
func (s *settings) releases() *notes.Source {
	token := cmp.Or(s.env.Getenv("GITHUB_TOKEN"), s.env.Getenv("GH_TOKEN"))
	return notes.New(notes.Options{
		HTTP: s.client, API: s.env.Getenv("GITHUB_API_URL"), Host: hostOf(s.env.Getenv("GITHUB_SERVER_URL")),
		Token: func(context.Context) (string, error) { return token, nil },
	})
}

// hostOf returns the host of an address, "" if it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// reliesOn reports whether missing vulnerability data is a failure: only if the
// operator has named a source.
func (s *settings) reliesOn(p *plan.Plan) bool {
	return p.Advised.Err != nil && s.operator.OSVURL != ""
}
