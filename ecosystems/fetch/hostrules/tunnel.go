package hostrules

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// Tunnel connects to the server of an address, through the operator's proxy if there is
// one. It does not check the name.
func (r Rules) Tunnel(ctx context.Context, to *url.URL) (net.Conn, error) {
	proxy, err := r.proxyOf(to)
	if err != nil {
		return nil, err
	}
	if proxy == nil {
		return r.Dial(ctx, "tcp", withPort(to))
	}
	if proxy.Scheme != "http" {
		return nil, fmt.Errorf("the proxy %s cannot be used by programs: only those with http", &url.URL{Scheme: proxy.Scheme, Host: proxy.Host})
	}
	conn, err := r.Dial(ctx, "tcp", withPort(proxy))
	if err != nil {
		return nil, err
	}
	// connect reads and writes without a context.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = connect(conn, proxy, withPort(to))
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// connect requests a tunnel from a proxy (RFC 9110, 9.3.6).
func connect(conn net.Conn, proxy *url.URL, to string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: to}, Host: to, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), req) // buffering is safe, because a TLS server does not send first
	if err != nil {
		return err
	}
	_ = res.Body.Close() // an answer to CONNECT has no body
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy answers %s", res.Status)
	}
	return nil
}
