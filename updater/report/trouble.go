package report

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
)

// hosts are the failures of hosts that are told once, below the tables.
type hosts map[string]plan.HostFailure

// troubled returns the hosts that answer nobody: what failed because of one says
// only its name.
func troubled(p *plan.Plan) hosts {
	all := hosts{}
	for _, h := range p.FailedHosts {
		if h.Code == fetch.Unreachable || h.Code == fetch.RateLimited {
			all[h.Host] = h
		}
	}
	return all
}

// failure says why a lookup failed: in full, or in short where the host is to
// blame and is told of below.
func (h hosts) failure(i *plan.Item) string {
	f, ok := h[i.Host]
	switch {
	case !ok || f.Code != i.Reason.Code:
		return i.Reason.Text
	case f.Code == fetch.RateLimited:
		return i.Host + " takes no more requests (see below)"
	}
	return i.Host + " did not answer (see below)"
}

// hostSentence says in plain words what is wrong with a host, for how many packages, and what to do.
func hostSentence(h plan.HostFailure) string {
	n := count(h.Packages, "package")
	cause := causeOf(h.Error)
	switch h.Code {
	case fetch.Unreachable:
		return fmt.Sprintf("%s did not answer for %s: %s. Check the network and the proxy (HTTPS_PROXY), then run again; freshpin doctor looks at each host.", h.Host, n, cause)
	case fetch.RateLimited:
		return fmt.Sprintf("%s takes no more requests for now (%s), so %s could not be looked up. A login usually allows more; or run again later, what was found is kept.", h.Host, cause, n)
	case fetch.Unauthorized:
		return fmt.Sprintf("%s wants a login for %s: %s. freshpin doctor shows which logins are found.", h.Host, n, cause)
	}
	return fmt.Sprintf("%s gave no usable answer for %s: %s.", h.Host, n, cause)
}

// causeOf leaves method and address out of an error of a lookup.
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
