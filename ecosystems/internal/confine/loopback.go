package confine

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Loopback starts a server that only programs of this machine can reach, for a command
// to send its requests to. handler gets its address (host:port) before the first request
// is read. ctx is that of the requests; limit is for reading a header.
// closes ends the server and all its connections, except those taken over by the handler.
func Loopback(ctx context.Context, handler func(address string) http.Handler, limit time.Duration) (closes func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler: handler(l.Addr().String()), BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: limit, ErrorLog: log.New(io.Discard, "", 0), // it would hold what the command sends
	}
	go func() { _ = server.Serve(l) }() // returns after Close
	return func() { _ = server.Close() }, nil
}
