package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hostName returns the name in a Host header or an address, without port,
// brackets and final dot, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Loopback reports whether a host, with or without a port, is this machine and
// no other: browsers resolve localhost and all below it by themselves.
//
// See RFC 6761, section 6.3.
func Loopback(host string) bool {
	name := hostName(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// names are the hosts by which browsers may reach the pages. A page of another
// site can make its own name lead to us (DNS rebinding): for the browser that
// site's scripts are then ours, and no check of origins helps.
type names []string

func namesOf(o Options, base *url.URL) names {
	var list names
	if base.Host != "" {
		list = append(list, hostName(base.Host))
	}
	if ip, err := netip.ParseAddr(hostName(o.Listen)); err == nil && !ip.IsUnspecified() {
		list = append(list, ip.String())
	}
	return list
}

// known reports whether a request names one of them, this machine, or the
// address that it came in at.
func (n names) known(r *http.Request) bool {
	name := hostName(r.Host)
	if Loopback(name) || slices.Contains(n, name) {
		return true
	}
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	ip, err := netip.ParseAddr(name)
	if !ok || err != nil {
		return false
	}
	local, err := netip.ParseAddrPort(at.String())
	return err == nil && local.Addr().Unmap() == ip.Unmap()
}

// guard refuses requests for hosts that are not ours, whatever they ask for.
func (n names) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.known(r) {
			h.ServeHTTP(w, r)
			return
		}
		Plain(w)
		http.Error(w, "This service does not answer to this host name. Its operator sets the name with base_url.", http.StatusMisdirectedRequest)
	})
}

// Guard refuses requests for hosts by whose names browsers are not to reach
// what h shows: all but loopback, those of base and listen, and the address
// that the request came in at.
func Guard(h http.Handler, base, listen string) http.Handler {
	u, err := url.Parse(base)
	if err != nil {
		u = new(url.URL)
	}
	return namesOf(Options{Listen: listen}, u).guard(h)
}

// Plain sets the headers of an answer that is no page: nothing in it is run,
// framed, kept or guessed at.
func Plain(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
