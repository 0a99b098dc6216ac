package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// The words that a request of GitHub is known by. A delivery is a GUID, in which
// case does not count; that it has the letters of one is enough, so that what
// replays deliveries in a test may number them. A registry's never look like it.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
var (
	eventWord    = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	deliveryWord = regexp.MustCompile(`^[0-9a-z-]{8,64}$`)
)

// other stands for every event that is not understood, so that nobody can make
// up names to count.
const other = "other"

// github takes a webhook of GitHub. The name of the event is for those who count.
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

// fromGitHub returns the document that GitHub sent, if it was GitHub.
func (r *Receiver) fromGitHub(w http.ResponseWriter, req *http.Request) ([]byte, *answer) {
	if req.Method != http.MethodPost {
		return nil, refused(http.StatusMethodNotAllowed, "webhooks are sent by POST")
	}
	if len(r.o.Secrets) == 0 {
		return nil, refused(http.StatusNotFound, "no webhook secret is set here, so webhooks of GitHub are not taken")
	}
	for _, name := range []string{"X-Hub-Signature-256", "X-GitHub-Event", "X-GitHub-Delivery", "Content-Type"} {
		if len(req.Header.Values(name)) > 1 { // whoever stands between may have looked at the other one
			return nil, refused(http.StatusBadRequest, name+" is there more than once")
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

// unsigned says the same whatever is wrong with the signature.
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

// signed reports whether one of our secrets signed the body. It takes as long
// whichever it is.
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

// payload takes the document out of a body, which may be that of a form.
//
// See https://docs.github.com/webhooks/using-webhooks/creating-webhooks, content type
func payload(header string, data []byte) ([]byte, *answer) {
	kind, _, _ := mime.ParseMediaType(header)
	switch kind {
	case "application/json":
		return data, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		if err != nil || len(form["payload"]) != 1 {
			return nil, refused(http.StatusBadRequest, "the form does not have one payload")
		}
		return []byte(form.Get("payload")), nil
	}
	return nil, refused(http.StatusUnsupportedMediaType, "the content type is neither application/json nor application/x-www-form-urlencoded")
}
