package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// rules say which hosts may be asked. They are checked on the name before a
// request is sent, and on the address when it is dialled, because a name can
// lead anywhere.
type rules struct {
	o       Options
	proxyOf func(*url.URL) (*url.URL, error)
	proxies map[string]bool // host and port of the operator's own proxies
}

func newRules(o Options) rules {
	env := httpproxy.FromEnvironment()
	r := rules{o: o, proxyOf: env.ProxyFunc(), proxies: map[string]bool{}}
	for _, text := range []string{env.HTTPProxy, env.HTTPSProxy} {
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			r.proxies[withPort(u)] = true
		}
	}
	return r
}

func (r rules) proxy(req *http.Request) (*url.URL, error) { return r.proxyOf(req.URL) }

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// check refuses a request by the name of its host.
func (r rules) check(req *http.Request) error {
	u := req.URL
	refuse := func(err error) error { return causeError(Refused, req.Method, u, err) }
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return refuse(errors.New("not an http or https address"))
	}
	if r.o.Allow != nil {
		if err := r.o.Allow(u.Host); err != nil {
			return refuse(err)
		}
	}
	if !r.guards(u.Host) {
		return nil
	}
	// Behind a proxy the address is not dialled here, so that the name has to tell.
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || r.proxies[withPort(u)] {
		return refuse(errPrivate(name))
	}
	if ip, err := netip.ParseAddr(name); err == nil && private(ip) {
		return refuse(errPrivate(name))
	}
	return nil
}

// guards reports whether a host must not have a private address.
func (r rules) guards(host string) bool {
	return r.o.NoPrivate && (r.o.Own == nil || !r.o.Own(host))
}

func errPrivate(where string) error {
	return fmt.Errorf("%s is a private or local address", where)
}

// dial connects, and looks at the address after names have been resolved.
func (r rules) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: min(10*time.Second, r.o.Timeout), KeepAlive: 30 * time.Second}
	if !r.proxies[addr] && r.guards(addr) && r.guards(withoutPort(addr)) {
		d.ControlContext = control
	}
	return d.DialContext(ctx, network, addr)
}

// withoutPort takes a port off that is the default of one of the schemes: in
// a URL it need not be written.
func withoutPort(addr string) string {
	name, port, err := net.SplitHostPort(addr)
	if err != nil || port != "80" && port != "443" {
		return addr
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

func control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || private(ap.Addr()) {
		return causeError(Refused, "CONNECT", &url.URL{Host: address}, errPrivate(address))
	}
	return nil
}

// notPublic are the ranges that netip has no word for: IANA's registries of
// special-purpose addresses, and where clouds keep what machines may know of
// themselves (168.63.129.16 is Azure's; the others lie in private ranges).
func notPublic() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32", "::/96", "100::/64", "2001:db8::/32", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// private reports whether an address is not one of the public internet, also
// where an IPv4 address is wrapped into one of IPv6 (NAT64, 6to4).
func private(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, p := range notPublic() {
		if p.Contains(ip) {
			return true
		}
	}
	b := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		return private(netip.AddrFrom4([4]byte(b[12:16])))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return private(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return netip.MustParsePrefix("64:ff9b:1::/48").Contains(ip)
}
