package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hostName returns the host of a Host header or an address in lower case, without
// port, brackets and final dot.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Loopback reports whether a host, with or without a port, always means this machine.
// Browsers resolve localhost and its subdomains themselves.
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

// names are the hosts by which browsers may reach the pages. Other sites can make
// their own name resolve to us (DNS rebinding). For the browser their scripts then
// have our origin, so that checks of the origin do not help.
type names []string

func namesOf(o Options, base *url.URL) names {
	var list names
	if base.Host != "" {
		list = append(list, hostName(base.Host))
	}
	// 0.0.0.0 stands for all addresses, so it is the name of none.
	if ip, err := netip.ParseAddr(hostName(o.Listen)); err == nil && !ip.IsUnspecified() {
		list = append(list, ip.String())
	}
	return list
}

// known reports whether the host of a request is one of the names, loopback, or the
// local address of its connection.
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
	// A socket for IPv4 and IPv6 has IPv4 addresses as ::ffff:192.0.2.1.
	return err == nil && local.Addr().Unmap() == ip.Unmap()
}

// guard refuses all requests for hosts that are not ours.
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

// Guard wraps h and refuses requests for unknown hosts: all except loopback, the
// hosts of base and listen, and the local address of the connection.
func Guard(h http.Handler, base, listen string) http.Handler {
	u, err := url.Parse(base)
	if err != nil {
		u = new(url.URL)
	}
	return namesOf(Options{Listen: listen}, u).guard(h)
}

// Plain sets the security headers of an answer that is not a page: browsers must not
// run, frame or cache it, or guess its type.
func Plain(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
