package uvcommand

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/confine"
)

// startProxy starts a proxy in this process, on the loopback interface, which is the only
// network access of uv. It connects only to the hosts of allowed indexes, by the
// rules of package fetch. uv itself does TLS with them, so that a lock has their
// real addresses. closes ends the proxy.
func (t *Tool) startProxy(ctx context.Context) (address string, closes func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	d := &proxy{tool: t, ctx: ctx, password: rand.Text()}
	end, err := confine.Loopback(ctx, func(here string) http.Handler {
		address = "http://uv:" + d.password + "@" + here
		return d
	}, t.o.Limit)
	if err != nil {
		cancel()
		return "", nil, err
	}
	// The server does not know the tunnels, so the end of ctx closes them.
	return address, func() { cancel(); end() }, nil
}

type proxy struct {
	tool     *Tool
	ctx      context.Context // of the run; it ends all tunnels
	password string          // excludes other users of the machine
}

// fileHosts are the hosts with the files of an index, if they are not on its own host.
var fileHosts = map[string]string{"files.pythonhosted.org": "pypi.org"}

// allows reports whether uv may connect to a host.
func (d *proxy) allows(host string) bool {
	if index, ok := fileHosts[host]; ok {
		host = index
	}
	return d.tool.o.Allows != nil && d.tool.o.Allows(host)
}

// ServeHTTP opens a tunnel to an allowed host. It refuses any other request.
func (d *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// net/http parses logins only of the header for servers.
	asked := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	if _, password, ok := asked.BasicAuth(); !ok || subtle.ConstantTimeCompare([]byte(password), []byte(d.password)) != 1 {
		w.Header().Set("Proxy-Authenticate", `Basic realm="freshpin"`)
		http.Error(w, "the proxy is uv's alone", http.StatusProxyAuthRequired)
		return
	}
	host, port, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil || d.tool.o.Dial == nil || !d.allows(strings.ToLower(named(host, port))) {
		http.Error(w, "only package indexes that the operator allows are asked, and only by https", http.StatusForbidden)
		return
	}
	to, err := d.tool.o.Dial(d.ctx, r.Host)
	if err != nil {
		status := http.StatusBadGateway
		var f *fetch.Error
		if errors.As(err, &f) && f.Code == fetch.Refused {
			status = http.StatusForbidden
		}
		http.Error(w, err.Error(), status)
		return
	}
	d.tunnel(w, to)
}

// named returns a host in the form of the addresses of indexes.
func named(host, port string) string {
	if port == "443" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// tunnel copies bytes in both directions until one side closes or the run ends.
func (d *proxy) tunnel(w http.ResponseWriter, to net.Conn) {
	defer to.Close()
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer from.Close()
	stop := context.AfterFunc(d.ctx, func() { _ = from.Close(); _ = to.Close() })
	defer stop()
	if _, err := io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	carry := func(into io.Writer, out io.Reader) { _, _ = io.Copy(into, out); done <- struct{}{} } // a closed connection is no error
	go carry(to, buffered)
	go carry(from, to)
	<-done // the deferred calls then close both sides, which ends the other copy
}
