package report

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
)

// hosts are the failed hosts, which are reported once, below the tables.
type hosts map[string]plan.HostFailure

// troubled returns the hosts that answer no request; a lookup that failed because of
// one shows only the host's name.
func troubled(p *plan.Plan) hosts {
	all := hosts{}
	for _, h := range p.FailedHosts {
		if h.Code == fetch.Unreachable || h.Code == fetch.RateLimited {
			all[h.Host] = h
		}
	}
	return all
}

// failure says why a lookup failed: in full, or briefly if its host is reported
// below or no host was asked.
func (h hosts) failure(i *plan.Item) string {
	if i.Reason.Code == fetch.Offline {
		return "not in the cache, and offline"
	}
	f, ok := h[i.Host]
	switch {
	case !ok || f.Code != i.Reason.Code:
		return i.Reason.Text
	case f.Code == fetch.RateLimited:
		return i.Host + " is rate-limited (see below)"
	}
	return i.Host + " did not answer (see below)"
}

// hostSentence describes the failure of a host, how many packages it affects, and what to do.
func hostSentence(h plan.HostFailure) string {
	n := count(h.Packages, "package")
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
