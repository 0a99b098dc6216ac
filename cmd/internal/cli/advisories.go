package cli

import (
	"cmp"
	"context"
	"net/url"
	"os"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance/signature"
)

// publicOSV is the service that is asked where the operator says nothing else.
const publicOSV = "https://api.osv.dev"

// advisories returns who tells what is known to be vulnerable, nil for nobody.
func (s *settings) advisories() (advisory.Source, error) {
	if db := s.operator.OSVDB; db != "" {
		folder, err := advisory.Open(db)
		if err != nil {
			return nil, usage("%w", err)
		}
		if n := len(folder.Skipped); n > 0 {
			printLine(s.env.stderr, "freshpin: %d files of %s are no advisories; the first: %v", n, db, folder.Skipped[0])
		}
		return folder, nil
	}
	if s.operator.OSVURL == "none" || s.offline {
		return nil, nil
	}
	client, err := advisory.NewClient(s.client, cmp.Or(s.operator.OSVURL, publicOSV))
	if err != nil {
		return nil, usage("%w", err)
	}
	return client, nil
}

// ends are the dates at which lines stop getting fixes: the bundled ones, under those of the operator.
func (s *settings) ends() (*endoflife.Table, error) {
	table := endoflife.Bundled()
	if s.operator.EndOfLife == "" {
		return table, nil
	}
	data, err := os.ReadFile(s.operator.EndOfLife)
	if err != nil {
		return nil, usage("end_of_life: %w", err)
	}
	own, err := endoflife.Read(data)
	if err != nil {
		return nil, usage("end_of_life: %s: %w", s.operator.EndOfLife, err)
	}
	return table.With(own), nil
}

// scan returns a scan that knows all that the operator's settings say.
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
			return updater.Scan{}, usage("sigstore_root: %s: %w", file, err)
		}
	}
	return updater.Scan{
		Ecosystems: s.ecosystems(), Advisories: source, Ends: ends,
		Signatures: &signature.Verifier{Root: s.trustRoot}, Releases: s.releases(), Layers: s.operator.Layers, Limits: s.limits(),
	}, nil
}

// releases are what publishers say of theirs on GitHub.
func (s *settings) releases() *notes.Source {
	token := cmp.Or(s.env.getenv("GITHUB_TOKEN"), s.env.getenv("GH_TOKEN"))
	return notes.New(notes.Options{
		HTTP: s.client, API: s.env.getenv("GITHUB_API_URL"), Host: hostOf(s.env.getenv("GITHUB_SERVER_URL")),
		Token: func(context.Context) (string, error) { return token, nil },
	})
}

// hostOf returns the host of an address, "" where it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// reliesOn reports whether it is a failure that nothing is known of
// vulnerabilities: where the operator has said whom to ask.
func (s *settings) reliesOn(p *plan.Plan) bool {
	return p.Advised.Err != nil && s.operator.OSVURL != ""
}
