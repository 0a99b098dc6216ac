package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Trouble is what the lookups of a plan failed of: rows say it briefly, and what
// many of them have in common is said once, below.
type Trouble struct {
	hosts map[string]plan.HostFailure // that answer no request, by name
	late  []plan.HostFailure          // whose answers a time limit did not wait for
	any   bool                        // a time limit ended a lookup, perhaps of no host
}

// NewTrouble returns the trouble of a plan.
func NewTrouble(p *plan.Plan) Trouble {
	t := Trouble{hosts: map[string]plan.HostFailure{}, any: byCode(p, plan.Failed)[fetch.TimedOut] > 0}
	for _, h := range p.FailedHosts {
		switch h.Code {
		case fetch.Unreachable, fetch.RateLimited:
			t.hosts[h.Host] = h
		case fetch.TimedOut:
			t.late = append(t.late, h)
		}
	}
	return t
}

// Of says why a lookup failed: in full, or briefly if Sentences says more or no
// host was asked.
func (t Trouble) Of(i *plan.Item) string {
	switch i.Reason.Code {
	case fetch.Offline:
		return "not in the cache, and offline"
	case fetch.TimedOut:
		return "not looked up in time (see below)"
	}
	f, ok := t.hosts[i.Host]
	switch {
	case !ok || f.Code != i.Reason.Code:
		return i.Reason.Text
	case f.Code == fetch.RateLimited:
		return i.Host + " is rate-limited (see below)"
	}
	return i.Host + " did not answer (see below)"
}

// Sentences say what the rows point to: each cause once, and a way on.
func (t Trouble) Sentences() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(t.hosts)) {
		out = append(out, hostSentence(t.hosts[name]))
	}
	if !t.any {
		return out
	}
	way := "Run again, or give more time: finished lookups are cached."
	var late []string
	for _, h := range t.late {
		late = append(late, fmt.Sprintf("%s (%s)", h.Host, plan.Count(h.Packages, "package")))
	}
	if len(late) > 0 {
		way = fmt.Sprintf("%s: %s before all answers were there. %s", strings.Join(late, ", "), causeOf(t.late[0].Error), way)
	}
	return append(out, way)
}

// hostSentence describes the failure of a host, how many packages it affects, and what to do.
func hostSentence(h plan.HostFailure) string {
	n := plan.Count(h.Packages, "package")
	cause := causeOf(h.Error)
	switch h.Code {
	case fetch.Unreachable:
		return fmt.Sprintf("%s did not answer for %s: %s. Check the network and the proxy (HTTPS_PROXY), then run again; freshpin doctor checks each host.", h.Host, n, cause)
	case fetch.RateLimited:
		return fmt.Sprintf("%s is rate-limited (%s), so the lookup of %s failed. A login usually raises the limit; or run again later: finished lookups are cached.", h.Host, cause, n)
	case fetch.Unauthorized:
		return fmt.Sprintf("%s requires a login for %s: %s. freshpin doctor shows which logins were found.", h.Host, n, cause)
	}
	return fmt.Sprintf("%s gave no usable answer for %s: %s.", h.Host, n, cause)
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
