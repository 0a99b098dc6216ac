package fetch

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch/hostrules"
)

// A blame says what a failed request implies about its host.
type blame int

const (
	noBlame  blame = iota // nothing
	request               // possibly only this request failed, such as a gateway error for one package
	doubtful              // the host failed, unless it has answered others
	server                // the host failed
)

// A verdict says what to do after an attempt.
type verdict struct {
	err   error // nil if the answer is accepted
	again bool  // another attempt may succeed
	most  int   // limit on retries
	blame blame
}

// many means as many retries as the operator allows.
const many = 1 << 30

// judge returns the verdict on an attempt.
func judge(req *http.Request, h *host, res *http.Response, err error) (v verdict) {
	fine, wary := h.record()
	switch {
	case err != nil:
		v = judgeError(req, fine, err)
	case limited(req, res):
		v = verdict{err: StatusError(req.Method, req.URL, http.StatusTooManyRequests), again: true, most: many, blame: server}
	default:
		v = judgeStatus(res.StatusCode)
		if v.blame == noBlame {
			return v
		}
		v.err = StatusError(req.Method, req.URL, res.StatusCode)
	}
	if !repeatable(req) {
		v.again, v.blame = false, min(v.blame, request) // not idempotent
	}
	if wary && v.blame == request {
		v.again = false
	}
	return v
}

// repeatable reports whether a request is idempotent.
func repeatable(req *http.Request) bool {
	_, said := req.Header["Idempotency-Key"]
	return said || req.Method == http.MethodGet || req.Method == http.MethodHead
}

// limited reports whether the answer says "too many requests" of the host:
// GitHub's limits do so by 403 with Retry-After, or where no request remains. The
// limit of an account is another matter (see charge).
func limited(req *http.Request, res *http.Response) bool {
	return accountOf(req.Context()) == nil && (res.StatusCode == http.StatusTooManyRequests ||
		res.StatusCode == http.StatusForbidden && (res.Header.Get("Retry-After") != "" || usedUp(res)))
}

func judgeStatus(status int) verdict {
	switch {
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout,
		status >= 520 && status <= 524, status == http.StatusRequestTimeout: // 52x: Cloudflare's variants of 502 and 504
		return verdict{again: true, most: many, blame: request}
	case status == http.StatusInternalServerError:
		return verdict{again: true, most: 1, blame: request}
	case status > http.StatusInternalServerError:
		return verdict{blame: request}
	}
	return verdict{}
}

// judgeError returns the verdict on an attempt without an answer. It does not retry a
// host that has never answered, unless an established connection broke.
func judgeError(req *http.Request, fine bool, err error) verdict {
	var e *Error
	var d *downError
	switch {
	case errors.As(err, &d), errors.As(err, &e):
		return verdict{err: err}
	case req.Context().Err() != nil:
		return verdict{err: req.Context().Err()}
	}
	v := verdict{err: causeError(Unreachable, req.Method, req.URL, bare(err)), blame: doubtful}
	if unconnected(err) {
		v.blame = server
	}
	switch {
	case broken(err):
		v.again, v.most, v.blame = true, many, request
	case errors.Is(err, errSlow):
		v.again, v.most, v.blame = fine, 1, doubtful
	case hostrules.Temporary(err):
		v.again, v.most = fine, many
	}
	return v
}

// broken reports whether an established connection ended before the answer.
func broken(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	text := err.Error() // net/http does not export these errors
	return strings.Contains(text, "server closed idle connection") ||
		strings.Contains(text, "GOAWAY") || strings.Contains(text, "stream error") || strings.Contains(text, "transport connection broken")
}

// unconnected reports whether no connection was established.
func unconnected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// retryAfter parses the header Retry-After: seconds or a date (RFC 9110, 10.2.3). An
// invalid value is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	// Limited to 68 years, because a Duration ends after 292.
	if n, err := strconv.ParseUint(value, 10, 63); err == nil {
		return time.Duration(min(n, 1<<31)) * time.Second
	}
	if value != "" && strings.Trim(value, "0123456789") == "" {
		return 1 << 31 * time.Second // number too large to parse
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}
