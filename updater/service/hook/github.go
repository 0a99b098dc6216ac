package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
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

// other replaces unknown event names in metrics, so that senders cannot create
// labels.
const other = "other"

// github receives a webhook of GitHub. It returns the event's name for metrics.
func (r *Receiver) github(w http.ResponseWriter, req *http.Request) (string, *answer) {
	event := req.Header.Get("X-GitHub-Event")
	counted := event
	if _, known := kindOf(event); !known {
		counted = other
	}
	data, no := r.fromGitHub(w, req)
	if no != nil {
		return counted, no
	}
	delivery := strings.ToLower(req.Header.Get("X-GitHub-Delivery"))
	if !eventWord.MatchString(event) || !deliveryWord.MatchString(delivery) {
		return counted, refused(http.StatusBadRequest, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
	}
	e, ok, err := Decode(event, data)
	switch {
	case err != nil:
		return counted, refused(http.StatusBadRequest, err.Error())
	case !ok:
		return counted, ignored()
	case e.Kind == Ping:
		return counted, pong()
	}
	return counted, r.take(req.Context(), delivery, event, e)
}

// fromGitHub returns the document of the request if GitHub signed it.
func (r *Receiver) fromGitHub(w http.ResponseWriter, req *http.Request) ([]byte, *answer) {
	if req.Method != http.MethodPost {
		return nil, refused(http.StatusMethodNotAllowed, "webhooks must use POST")
	}
	if len(r.o.Secrets) == 0 {
		return nil, refused(http.StatusNotFound, "no webhook secret is set, so webhooks of GitHub are rejected")
	}
	for _, name := range []string{"X-Hub-Signature-256", "X-GitHub-Event", "X-GitHub-Delivery", "Content-Type"} {
		if len(req.Header.Values(name)) > 1 { // a proxy may have checked the other one
			return nil, refused(http.StatusBadRequest, name+" occurs more than once")
		}
	}
	signature, ok := signature(req.Header.Get("X-Hub-Signature-256"))
	if !ok {
		return nil, unsigned()
	}
	data, no := r.body(w, req, r.o.Limit)
	if no != nil {
		return nil, no
	}
	if !r.signed(data, signature) {
		return nil, unsigned()
	}
	return payload(req.Header.Get("Content-Type"), data)
}

// unsigned gives the same answer for every kind of wrong signature.
func unsigned() *answer {
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
func (r *Receiver) signed(data, signature []byte) bool {
	valid := 0
	for _, secret := range r.o.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(data)
		valid |= subtle.ConstantTimeCompare(signature, mac.Sum(nil))
	}
	return valid == 1
}

// payload returns the document in a body, which may be a form.
//
// See https://docs.github.com/webhooks/using-webhooks/creating-webhooks, content
// type
func payload(header string, data []byte) ([]byte, *answer) {
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
