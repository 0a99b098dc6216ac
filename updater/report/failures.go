package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/plan"
)

// Failures explains why lookups of a plan failed: rows say it briefly, and what many of
// them have in common is said once, below.
type Failures struct {
	hosts map[string]plan.HostFailure // that answer no request, by name
	late  []plan.HostFailure          // whose answers a time limit did not wait for
	any   bool                        // a time limit ended a lookup, perhaps of no host
}

// FailuresOf returns the failures of a plan.
func FailuresOf(p *plan.Plan) Failures {
	f := Failures{hosts: map[string]plan.HostFailure{}, any: byCode(p, plan.Failed)[fetch.TimedOut] > 0}
	for _, h := range p.FailedHosts {
		switch h.Code {
		case fetch.Unreachable, fetch.RateLimited:
			f.hosts[h.Host] = h
		case fetch.TimedOut:
			f.late = append(f.late, h)
		}
	}
	return f
}

// Of says why a lookup failed: in full, or briefly if Sentences says more or no
// host was asked.
func (f Failures) Of(i *plan.Item) string {
	switch i.Reason.Code { // these came from no host
	case fetch.Offline:
		return "not in the cache, and offline"
	case fetch.TimedOut:
		return "not looked up in time (see below)"
	}
	host, ok := f.hosts[i.Host]
	switch {
	case !ok || host.Code != i.Reason.Code:
		return i.Reason.Text
	case host.Code == fetch.RateLimited:
		return i.Host + " is rate-limited (see below)"
	}
	return fmt.Sprintf("%s %s (see below)", i.Host, outage(host))
}

// Sentences say what the rows point to: each cause once, and a way on.
func (f Failures) Sentences() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(f.hosts)) {
		out = append(out, hostSentence(f.hosts[name]))
	}
	if !f.any {
		return out
	}
	way := "Run again, or give more time: finished lookups are cached."
	var late []string
	for _, h := range f.late {
		late = append(late, fmt.Sprintf("%s (%s)", h.Host, plan.Count(h.Packages, "package")))
	}
	if len(late) > 0 {
		way = fmt.Sprintf("%s: %s before all answers were there. %s", strings.Join(late, ", "), causeOf(f.late[0].Error), way)
	}
	return append(out, way)
}

// hostSentence describes the failure of a host, how many packages it affects, and what to do.
func hostSentence(h plan.HostFailure) string {
	n := plan.Count(h.Packages, "package")
	cause := causeOf(h.Error)
	switch h.Code {
	case fetch.Unreachable:
		way := "Check the network and the proxy (HTTPS_PROXY), then run again"
		if serverError.MatchString(cause) { // the network is fine
			way = "Run again later"
		}
		return fmt.Sprintf("%s %s for %s: %s. %s; freshpin doctor checks each host.", h.Host, outage(h), n, cause, way)
	case fetch.RateLimited:
		return fmt.Sprintf("%s is rate-limited (%s), so the lookup of %s failed. A login usually raises the limit; or run again later: finished lookups are cached.", h.Host, cause, n)
	case fetch.Unauthorized:
		return fmt.Sprintf("%s requires a login for %s: %s. freshpin doctor shows which logins were found.", h.Host, n, cause)
	}
	return fmt.Sprintf("%s gave no usable answer for %s: %s.", h.Host, n, cause)
}

// serverError matches the cause of a request that the host answered, with a status of HTTP.
var serverError = lazyregexp.New(`^[45]\d\d\b`)

// outage says what a host did that is out of order or out of reach.
func outage(h plan.HostFailure) string {
	if serverError.MatchString(causeOf(h.Error)) {
		return "answered with an error"
	}
	return "did not answer"
}

// causeOf removes method and address from the error of a lookup.
func causeOf(text string) string {
	method, rest, ok := strings.Cut(text, " ")
	if !ok || method != strings.ToUpper(method) {
		return text
	}
	if _, cause, ok := strings.Cut(rest, ": "); ok {
		return cause
	}
	return text
}
