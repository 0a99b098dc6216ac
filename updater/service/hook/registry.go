package hook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// registry takes a notification of a registry.
func (r *Receiver) registry(w http.ResponseWriter, req *http.Request, secret string) *answer {
	if req.Method != http.MethodPost {
		return refused(http.StatusMethodNotAllowed, "webhooks are sent by POST")
	}
	if len(r.o.RegistrySecrets) == 0 {
		return refused(http.StatusNotFound, "no secret of registries is set here, so their notifications are not taken")
	}
	if !r.trusted(req, secret) {
		return refused(http.StatusUnauthorized, "the secret is missing or wrong: it stands in the path, in Authorization or in X-Freshpin-Token")
	}
	data, no := r.body(w, req, r.o.RegistryLimit)
	if no != nil {
		return no
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
	e := Event{Kind: ImagesPushed, Action: "push", Images: images}
	return again(r.take(req.Context(), r.number(data, n), string(ImagesPushed), e))
}

// again is what a registry is told that sends a notification twice: all is well.
// Some registries send nothing else until one is taken.
func again(a *answer) *answer {
	if a.outcome == "replayed" {
		a.status = http.StatusOK
	}
	return a
}

// number makes a delivery's number. A notification that says when or as which it
// was sent has the same bytes when it is sent again, and other bytes for another
// push. One that does not may be either: it is taken each time, since a pass that
// is wanted twice is made once.
func (r *Receiver) number(data []byte, n *notice) string {
	h := sha256.New()
	h.Write(data)
	if !n.numbered() {
		h.Write(strconv.AppendInt(nil, r.o.Now().UnixNano(), 10))
	}
	return "registry:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// trusted reports whether the request brings one of our secrets. It takes as long
// whichever it is, and wherever it stands.
func (r *Receiver) trusted(req *http.Request, path string) bool {
	authorization := req.Header.Get("Authorization")
	valid := 0
	for _, given := range []string{path, req.Header.Get("X-Freshpin-Token"), authorization, bearer(authorization)} {
		got := sha256.Sum256([]byte(given))
		for _, secret := range r.o.RegistrySecrets {
			want := sha256.Sum256([]byte(secret))
			valid |= subtle.ConstantTimeCompare(got[:], want[:])
		}
	}
	return valid == 1
}

// bearer returns the token of RFC 6750, whose scheme is in any case of letters.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
