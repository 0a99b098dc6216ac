package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// Codes of errors, which are also reason codes of package ecosystems.
const (
	NotFound     = "not-found"    // 404 or 410
	Unauthorized = "unauthorized" // 401 or 403
	RateLimited  = "rate-limited" // 429
	Unreachable  = "unreachable"  // no connection, a timeout of this request, or a 5xx
	TimedOut     = "timeout"      // the time limit for all lookups was reached (see WithTimeout)
	Offline      = "offline"      // not in the cache, and requests are disabled
	BadAnswer    = "bad-answer"   // an invalid answer: HTML instead of JSON, cut off
	TooLarge     = "too-large"    // larger than the limit
	Limit        = "limit"        // the pass has reached its limit (see Within)
	Refused      = "host-refused" // a rule of the operator forbids the host
)

// An Error is a failed request.
type Error struct {
	Code   string // one of the codes above
	Method string
	URL    string // without credentials
	Status int    // HTTP status; 0 without an answer
	Err    error  // cause; nil if Status is the cause
}

// Error returns one line: "GET https://…: 404 Not Found".
func (e *Error) Error() string {
	if e.Err != nil && e.URL == "" { // no request was sent
		return clean(e.Err.Error())
	}
	if e.Err != nil {
		return clean(fmt.Sprintf("%s %s: %v", e.Method, e.URL, e.Err))
	}
	return fmt.Sprintf("%s %s: %s", e.Method, e.URL, statusText(e.Status))
}

// clean turns a text that may contain a server's words into one printable line. It
// replaces characters that could control a terminal by spaces.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Code returns the code of a lookup's error, TimedOut if the deadline of its context has
// passed, and Unreachable for any other error, also for a cancelled context.
func Code(err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	}
	return Unreachable
}

// StatusError returns the error for an answer with a status.
func StatusError(method string, u *url.URL, status int) *Error {
	return &Error{Code: statusCode(status), Method: method, URL: Plain(u), Status: status}
}

func statusCode(status int) string {
	switch {
	case status == http.StatusNotFound || status == http.StatusGone:
		return NotFound
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Unauthorized
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status >= 500 || status == http.StatusRequestTimeout:
		return Unreachable
	}
	return BadAnswer
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// causeError returns the error for a request without an answer.
func causeError(code, method string, u *url.URL, cause error) *Error {
	return &Error{Code: code, Method: method, URL: Plain(u), Err: cause}
}

// asError converts the error of a round trip to an *Error, or to that of ctx.
func asError(ctx context.Context, method string, u *url.URL, err error) error {
	var e *Error
	var over limitError
	var late timeoutError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(context.Cause(ctx), &over):
		return causeError(Limit, method, u, over)
	case errors.As(context.Cause(ctx), &late):
		return causeError(TimedOut, method, u, late)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return causeError(Unreachable, method, u, bare(err))
}

// bare removes the wrapping of net/http, which repeats method and URL, and the network
// addresses, because those of our own network and its resolver are confidential.
func bare(err error) error {
	var ue *url.Error
	for errors.As(err, &ue) {
		err = ue.Err
	}
	var dns *net.DNSError
	var op *net.OpError
	var stranger x509.UnknownAuthorityError
	switch {
	case errors.As(err, &stranger):
		return &reworded{"the authority that signed the server's certificate is not trusted here: have the system trust it, or name its file by SSL_CERT_FILE", err}
	case plainHTTP(err):
		return &reworded{"the server speaks plain http, not https (FRESHPIN_INSECURE_REGISTRIES names registries that do)", err}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &reworded{"no such host", err}
	case errors.As(err, &dns) && dns.IsTimeout:
		return &reworded{"the name of the host was not resolved in time", err}
	case errors.As(err, &dns):
		return &reworded{"the name of the host is not resolved", err}
	case !errors.As(err, &op):
		return err
	}
	cause, text := op.Err, op.Op+": "
	// A proxy's failure contains that of the connection to it.
	for errors.As(cause, &op) {
		cause = op.Err
	}
	var unreached *hostrules.Unreached
	if errors.As(cause, &unreached) {
		text = ""
	}
	return &reworded{text + cause.Error(), err}
}

// plainHTTP reports whether a server answered a TLS handshake with plain HTTP.
func plainHTTP(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/"
}

// A reworded is an error with another text.
type reworded struct {
	text string
	error
}

// Error returns the other text.
func (t *reworded) Error() string { return t.text }

// Unwrap returns the original error.
func (t *reworded) Unwrap() error { return t.error }
