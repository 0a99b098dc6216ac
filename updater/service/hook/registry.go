package hook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/updater/forge/event"
)

// registry receives a notification of a registry.
func (r *Receiver) registry(w http.ResponseWriter, req *http.Request, secret string) *answer {
	if req.Method != http.MethodPost {
		return wrongMethod()
	}
	if len(r.o.RegistrySecrets) == 0 {
		return refused(http.StatusNotFound, "no secret for registries is set, so their notifications are rejected")
	}
	if !r.trusted(req, secret) {
		return refused(http.StatusUnauthorized, "the secret is missing or wrong: it belongs in the path, in Authorization or in X-Freshpin-Token")
	}
	// The body is read only after the check of the secret.
	data, no := r.body(w, req, r.o.RegistryLimit)
	if no != nil {
		return refused(no.Status, no.Why)
	}
	n, err := parseNotice(data)
	if err != nil {
		return refused(http.StatusBadRequest, err.Error())
	}
	images, err := n.images()
	switch {
	case err != nil:
		return refused(http.StatusBadRequest, err.Error())
	case len(images) == 0:
		return ignored()
	}
	e := event.Event{Kind: event.ImagesPushed, Action: "push", Images: images}
	return again(r.take(req.Context(), r.number(data, n), string(event.ImagesPushed), e))
}

// again is the answer to a repeated notification: success, because some registries
// send nothing else until one is accepted.
func again(a *answer) *answer {
	if a.outcome == "replayed" {
		a.status = http.StatusOK
	}
	return a
}

// number derives a delivery number from the body. A notification with a time or ID
// has the same bytes when it is sent again, and other bytes for another push. One
// without may be either, so it is accepted each time; a pass that is requested twice
// runs once.
func (r *Receiver) number(data []byte, n *notice) string {
	h := sha256.New()
	h.Write(data)
	if !n.numbered() {
		h.Write(strconv.AppendInt(nil, r.o.Now().UnixNano(), 10))
	}
	return "registry:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// trusted reports whether the request has one of the secrets, in constant time,
// wherever in the request it is.
func (r *Receiver) trusted(req *http.Request, path string) bool {
	authorization := req.Header.Get("Authorization")
	valid := 0
	for _, given := range []string{path, req.Header.Get("X-Freshpin-Token"), authorization, bearer(authorization)} {
		// Comparing hashes does not reveal the length of a secret.
		got := sha256.Sum256([]byte(given))
		for _, secret := range r.o.RegistrySecrets {
			want := sha256.Sum256([]byte(secret))
			valid |= subtle.ConstantTimeCompare(got[:], want[:])
		}
	}
	return valid == 1
}

// bearer returns the token of RFC 6750, whose scheme ignores letter case.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
