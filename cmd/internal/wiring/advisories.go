package wiring

import (
	"cmp"
	"net/url"
	"os"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/plan"
)

// publicOSV is the advisory service used unless the operator names another.
const publicOSV = "https://api.osv.dev"

// advisories returns the source of known vulnerabilities, nil if osv_url is "none".
func (s *Settings) advisories() (advisory.Source, error) {
	if db := s.Operator.OSVDB; db != "" {
		folder, err := advisory.Open(db)
		if err != nil {
			return nil, console.Usagef("%w", err)
		}
		if n := len(folder.Skipped); n > 0 {
			console.Line(s.env.Stderr, "freshpin: %s: %s without an advisory left out; the first: %v", db, plan.Count(n, "file"), folder.Skipped[0])
		}
		return folder, nil
	}
	if s.Operator.OSVURL == "none" || s.Offline {
		return nil, nil
	}
	client, err := advisory.NewClient(s.Client, cmp.Or(s.Operator.OSVURL, publicOSV))
	if err != nil {
		return nil, console.Usagef("%w", err)
	}
	return client, nil
}

// Ends returns the end-of-life dates of release lines: the operator's table over the bundled one.
func (s *Settings) Ends() (*endoflife.Table, error) {
	table := endoflife.Bundled()
	if s.Operator.EndOfLife == "" {
		return table, nil
	}
	data, err := os.ReadFile(s.Operator.EndOfLife)
	if err != nil {
		return nil, console.Usagef("end_of_life: %w", err)
	}
	own, err := endoflife.Read(data)
	if err != nil {
		return nil, console.Usagef("end_of_life: %s: %w", s.Operator.EndOfLife, err)
	}
	return table.With(own), nil
}

// HostOf returns the host of an address, "" if it has none.
func HostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
