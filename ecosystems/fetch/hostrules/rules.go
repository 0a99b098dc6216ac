// Package hostrules decides which hosts requests may go to. It checks the name before a
// request is sent, and the address when it is dialled, because a name can resolve to any
// address.
package hostrules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Options are the operator's rules.
type Options struct {
	// Allow returns an error for a forbidden host (with its port, if the URL has one);
	// nil allows all.
	Allow func(host string) error
	// NoPrivate refuses private, local and metadata addresses.
	NoPrivate bool
	// Own reports whether the operator has configured a host, which may then have such addresses; nil for none.
	Own func(host string) bool

	Timeout time.Duration // for a connection, if it is shorter than 10 s
	Log     *slog.Logger  // logs why a connection failed
}

// Rules define the allowed hosts.
type Rules struct {
	o       Options
	proxyOf func(*url.URL) (*url.URL, error)
	proxies map[string]bool // host:port of the operator's own proxies
}

// New returns rules with the proxies of the environment.
func New(o Options) Rules {
	env := httpproxy.FromEnvironment()
	r := Rules{o: o, proxyOf: env.ProxyFunc(), proxies: map[string]bool{}}
	for _, text := range []string{env.HTTPProxy, env.HTTPSProxy} {
		// curl and others accept host:port alone.
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			r.proxies[withPort(u)] = true
		}
	}
	return r
}

// Proxy returns the proxy for a request, as http.Transport wants it; nil for none.
func (r Rules) Proxy(req *http.Request) (*url.URL, error) { return r.proxyOf(req.URL) }

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// Check returns an error if the name of the host in an address is forbidden.
func (r Rules) Check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("not an http or https address")
	}
	if r.o.Allow != nil {
		if err := r.o.Allow(u.Host); err != nil {
			return err
		}
	}
	if !r.guards(u.Host) {
		return nil
	}
	// With a proxy the address is not dialled here, so only the name can be checked.
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if r.proxies[withPort(u)] || internal(name) {
		return errPrivate(name)
	}
	return nil
}

// internal reports whether a name belongs to this machine or network by its spelling,
// including spellings that resolvers and proxies may interpret as an address.
func internal(name string) bool {
	if ip, err := netip.ParseAddr(name); err == nil {
		return private(ip)
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch last {
	case name, "localhost", "local", "localdomain", "internal", "": // a single word is resolved with the search list of the network
		return true
	}
	if strings.HasSuffix(name, ".home.arpa") || strings.ContainsFunc(name, func(c rune) bool { return c >= 0x80 }) {
		return true // non-ASCII characters may be normalised to digits and dots
	}
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") // 127.1, 0x7f.0.0.1
}

// guards reports whether a host must not have a private address.
func (r Rules) guards(host string) bool {
	return r.o.NoPrivate && (r.o.Own == nil || !r.o.Own(host))
}

func errPrivate(where string) error {
	return fmt.Errorf("%s is a private or local address, which only the operator may allow (private_hosts)", where)
}

// Dial connects, and checks the address after resolution. All failures have the same
// text, because strangers must not learn how internal names resolve or whether they
// exist.
func (r Rules) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: min(10*time.Second, r.o.Timeout), KeepAlive: 30 * time.Second}
	// The operator may have named the host with its default port or without.
	if r.proxies[addr] || !r.guards(addr) || !r.guards(WithoutPort(addr)) {
		return d.DialContext(ctx, network, addr)
	}
	d.ControlContext = control
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil || ctx.Err() != nil {
		return conn, err
	}
	r.o.Log.Debug("no connection", "to", addr, "because", err)
	host, _, _ := net.SplitHostPort(addr) // valid, since it was dialled
	return nil, &net.OpError{Op: "dial", Net: network, Err: &Unreached{host, Temporary(err)}}
}

// Unreached is the reason for a missing connection, without confidential details.
type Unreached struct {
	host  string
	later bool // a retry may succeed
}

// Error returns the same text for every reason.
func (e *Unreached) Error() string {
	return e.host + " cannot be reached: there is no such host, it does not answer, or its address is private, which only the operator may allow (private_hosts)"
}

// WithoutPort removes the default port of http or https, which URLs usually omit.
func WithoutPort(addr string) string {
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
		return errors.New("a private or local address")
	}
	return nil
}

// notPublic returns the non-public ranges that netip has no method for: IANA's
// registries of special-purpose addresses, and metadata addresses of clouds
// (168.63.129.16 is Azure's; the others are in private ranges).
func notPublic() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32",
		"2001::/23", "2001:db8::/32", "3fff::/20", // Teredo and other protocols; documentation
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// private reports whether an address is not public, including IPv4 addresses inside
// IPv6 ones (NAT64, 6to4).
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
	case ip.Is4():
		return false
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		return private(netip.AddrFrom4([4]byte(b[12:16])))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return private(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return !netip.MustParsePrefix("2000::/3").Contains(ip) // nothing else is assigned (RFC 4291, 2.4)
}

// Temporary reports whether no connection was established for a temporary reason.
func Temporary(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	var unreached *Unreached
	switch {
	case errors.As(err, &unreached):
		return unreached.later
	case errors.As(err, &dns):
		return dns.IsTemporary || dns.IsTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return true
	case errors.As(err, &op):
		return op.Timeout()
	}
	return false
}
