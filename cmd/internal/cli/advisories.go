package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"os"

	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/endoflife"
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
			fmt.Fprintf(s.env.stderr, "freshpin: %d files of %s are no advisories; the first: %v\n", n, db, folder.Skipped[0])
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
	return updater.Scan{Ecosystems: s.ecosystems(), Advisories: source, Ends: ends}, err
}

// osvHost is the host of the operator's own service, "" for none.
func (s *settings) osvHost() string {
	u, err := url.Parse(s.operator.OSVURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// reliesOn reports whether it is a failure that nothing is known of
// vulnerabilities: where the operator has said whom to ask.
func (s *settings) reliesOn(plan *updater.Plan) bool {
	return plan.Advised.Err != nil && s.operator.OSVURL != ""
}
