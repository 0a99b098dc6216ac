package plan

import (
	"errors"
	"net/url"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Fail gives the item the status of a failed lookup.
func (i *Item) Fail(err error) {
	i.Err = err
	i.Host = hostOf(err)
	i.End(Failed, ecosystems.Reason{Code: fetch.Code(err), Text: err.Error()})
}

// hostOf returns the host that a failed lookup asked, "" where none was.
func hostOf(err error) string {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return ""
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Outage reports whether the lookup failed because a host did not answer, or
// takes no more requests: that passes by itself.
func (i *Item) Outage() bool {
	return i.Status == Failed && (i.Reason.Code == fetch.Unreachable || i.Reason.Code == fetch.RateLimited)
}
