package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// Dial connects to the https port of a host, through the operator's proxy if there is
// one, and applies the rules of this client about hosts. It is for programs that do TLS
// themselves. Its error is an *Error, or that of ctx.
func (c *Client) Dial(ctx context.Context, host string) (net.Conn, error) {
	to, err := url.Parse("https://" + hostrules.WithoutPort(host) + "/")
	if err != nil {
		return nil, causeError(Refused, http.MethodConnect, &url.URL{Scheme: "https"}, errors.New("this is no host"))
	}
	if err := c.wire.check(http.MethodConnect, to); err != nil {
		return nil, err
	}
	conn, err := c.wire.rules.Tunnel(ctx, to)
	if err != nil {
		return nil, asError(ctx, http.MethodConnect, to, err)
	}
	return conn, nil
}
