package fetch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// An entry is a cached answer: one file with a line of magic and checksum, a line of
// JSON, and the body. The modification time of the file is the time of the last
// confirmation, so that confirming writes no data.
type entry struct {
	Key    string      `json:"key"` // of the query, to detect collisions
	Status int         `json:"status"`
	URL    string      `json:"url"` // after redirects, without secrets
	Header http.Header `json:"header"`
	body   []byte
	heard  time.Time
}

func newEntry(res *http.Response, body []byte) *entry {
	h := res.Header.Clone()
	// It may be a login, and all users of the cache can read an entry.
	h.Del("Set-Cookie")
	return &entry{Status: res.StatusCode, URL: Plain(res.Request.URL), Header: h, body: body}
}

// conditions makes the request conditional on a change (RFC 9110, 13.1).
func (e *entry) conditions(h http.Header) {
	if e == nil || e.Status != http.StatusOK {
		return
	}
	if tag := e.Header.Get("ETag"); tag != "" {
		h.Set("If-None-Match", tag)
	}
	if date := e.Header.Get("Last-Modified"); date != "" {
		h.Set("If-Modified-Since", date)
	}
}

// response returns the entry as the answer to q, which is an error if the cached status is one.
func (e *entry) response(q query) (*Response, error) {
	if e.Status != http.StatusOK {
		return nil, StatusError(q.Method, q.url, e.Status)
	}
	// The limit is not part of the key, and that of an earlier request may have been larger.
	if int64(len(e.body)) > q.Limit {
		return nil, q.fail(TooLarge, errors.New("the cached answer is larger than asked for"))
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		u = q.url
	}
	return &Response{Body: e.body, Header: e.Header, URL: u}, nil
}

// magic is the beginning of every file. Increase the number when the format changes.
const magic = "freshpin-cache 2 "

// head returns the part of the file before the body.
func (e *entry) head(key string) ([]byte, error) {
	e.Key = key
	meta, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	meta = append(meta, '\n')
	sum := sha256.New()
	sum.Write(meta)
	sum.Write(e.body)
	return slices.Concat([]byte(magic), hex.AppendEncode(nil, sum.Sum(nil)), []byte{'\n'}, meta), nil
}

// decode parses an entry; nil if it is incomplete, damaged or for another key.
func decode(key string, data []byte) *entry {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil
	}
	sum, rest, ok := bytes.Cut(rest, []byte{'\n'})
	got := sha256.Sum256(rest)
	if !ok || string(sum) != hex.EncodeToString(got[:]) {
		return nil
	}
	meta, body, ok := bytes.Cut(rest, []byte{'\n'})
	var e entry
	if !ok || json.Unmarshal(meta, &e) != nil || e.Key != key {
		return nil
	}
	e.body = body
	return &e
}
