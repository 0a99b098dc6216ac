// Package webhook receives webhooks of GitHub: it authenticates the sender and converts
// payloads into events.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge/event"
)

// The formats of GitHub's headers. A delivery is a GUID in any letter case; only its
// alphabet is checked, so that tests may number deliveries. A registry's delivery
// numbers never have this form.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
var (
	eventWord    = lazyregexp.New(`^[a-z0-9_]{1,64}$`)
	deliveryWord = lazyregexp.New(`^[0-9a-z-]{8,64}$`)
)

// A Source implements event.Source for GitHub.
type Source struct{ secrets []string }

// New returns a source for webhooks that one of the secrets signed; there are several
// while one is replaced. Without a secret it rejects all.
func New(secrets []string) *Source {
	// An empty secret would accept what anyone can sign.
	return &Source{slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })}
}

// Name implements event.Source.
func (*Source) Name() string { return "github" }

// Receive implements event.Source.
func (s *Source) Receive(h http.Header, body func() ([]byte, *event.Rejection)) (event.Delivery, *event.Rejection) {
	name := h.Get("X-GitHub-Event")
	d := event.Delivery{Name: name}
	// The name becomes a label of metrics, whose number a sender must not raise.
	if _, known := kindOf(name); !known {
		d.Name = event.Other
	}
	data, no := s.document(h, body)
	if no != nil {
		return d, no
	}
	id := strings.ToLower(h.Get("X-GitHub-Delivery"))
	if !eventWord.MatchString(name) || !deliveryWord.MatchString(id) {
		return d, refused(http.StatusBadRequest, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
	}
	e, ok, err := Decode(name, data)
	if err != nil {
		return d, refused(http.StatusBadRequest, err.Error())
	}
	if d.ID = id; ok {
		d.Event = &e
	}
	return d, nil
}

func refused(status int, why string) *event.Rejection {
	return &event.Rejection{Status: status, Why: why}
}

// document returns the document of the request if GitHub signed it.
func (s *Source) document(h http.Header, body func() ([]byte, *event.Rejection)) ([]byte, *event.Rejection) {
	if len(s.secrets) == 0 {
		return nil, refused(http.StatusNotFound, "no webhook secret is set, so webhooks of GitHub are rejected")
	}
	for _, name := range []string{"X-Hub-Signature-256", "X-GitHub-Event", "X-GitHub-Delivery", "Content-Type"} {
		if len(h.Values(name)) > 1 { // a proxy may have checked the other one
			return nil, refused(http.StatusBadRequest, name+" occurs more than once")
		}
	}
	// Before the body, which is not read without a signature.
	signature, ok := signature(h.Get("X-Hub-Signature-256"))
	if !ok {
		return nil, unsigned()
	}
	data, no := body()
	if no != nil {
		return nil, no
	}
	if !s.signed(data, signature) {
		return nil, unsigned()
	}
	return payload(h.Get("Content-Type"), data)
}

// unsigned gives the same answer for every kind of wrong signature.
func unsigned() *event.Rejection {
	return refused(http.StatusUnauthorized, "the signature in X-Hub-Signature-256 is missing or wrong")
}

func signature(header string) ([]byte, bool) {
	text, ok := strings.CutPrefix(header, "sha256=")
	if !ok || len(text) != 2*sha256.Size {
		return nil, false
	}
	sum, err := hex.DecodeString(text)
	return sum, err == nil
}

// signed reports whether one of the secrets signed the body, in constant time.
//
// See https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
func (s *Source) signed(data, signature []byte) bool {
	valid := 0
	for _, secret := range s.secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(data)
		// No early end: the time must not tell which secret matched.
		valid |= subtle.ConstantTimeCompare(signature, mac.Sum(nil))
	}
	return valid == 1
}

// payload returns the document in a body, which may be a form.
//
// See https://docs.github.com/webhooks/using-webhooks/creating-webhooks, content
// type
func payload(header string, data []byte) ([]byte, *event.Rejection) {
	// Malformed parameters do not matter, and without a media type the request is refused below.
	kind, _, _ := mime.ParseMediaType(header)
	switch kind {
	case "application/json":
		return data, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		if err != nil || len(form["payload"]) != 1 {
			return nil, refused(http.StatusBadRequest, "the form must have exactly one payload")
		}
		return []byte(form.Get("payload")), nil
	}
	return nil, refused(http.StatusUnsupportedMediaType, "the content type is neither application/json nor application/x-www-form-urlencoded")
}
