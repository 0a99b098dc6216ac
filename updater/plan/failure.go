package plan

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Fail gives the item the status of a failed lookup.
func (i *Item) Fail(err error) {
	i.Err = err
	i.Host = hostOf(err)
	i.End(Failed, ecosystems.Reason{Code: fetch.Code(err), Text: failure(err)})
}

// failure returns the sentence of a failed lookup. The text of a context that ended
// says neither what was given up nor why.
func failure(err error) string {
	text := err.Error()
	if cause := context.DeadlineExceeded.Error(); strings.HasSuffix(text, cause) {
		return strings.TrimSuffix(text, cause) + "not looked up before the time was over"
	}
	return text
}

// hostOf returns the host of a failed request, "" if there was no request.
func hostOf(err error) string {
	var e *fetch.Error
	if !errors.As(err, &e) { // a file that does not fit, a limit, a tool
		return ""
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Outage reports whether the lookup failed because a host did not answer, in time
// or at all, or takes no more requests: that passes by itself.
func (i *Item) Outage() bool {
	return i.Status == Failed && passes(i.Reason.Code)
}

// Outage reports whether the host did not answer, in time or at all, or takes no
// more requests.
func (h HostFailure) Outage() bool { return passes(h.Code) }

// passes reports whether a failure of that code passes by itself.
func passes(code string) bool {
	switch code {
	case fetch.Unreachable, fetch.TimedOut, fetch.RateLimited:
		return true
	}
	return false
}
