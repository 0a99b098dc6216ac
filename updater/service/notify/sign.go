package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a webhook.
const (
	HeaderDelivery  = "Freshpin-Delivery"  // the delivery's number, the same in every attempt
	HeaderTimestamp = "Freshpin-Timestamp" // when this attempt was sent, in seconds since 1970
	HeaderSignature = "Freshpin-Signature" // v1=hex(HMAC-SHA256(secret, timestamp "." delivery "." body))
)

// sign returns the signature of an attempt.
func sign(secret, timestamp, delivery string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, part := range []string{timestamp, ".", delivery, "."} {
		mac.Write([]byte(part))
	}
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// The errors of Verify.
var (
	ErrSignature = errors.New("the signature does not match the secret")
	ErrOld       = errors.New("the timestamp is too far from now: it may be a replay")
)

// Verify reports whether a webhook was signed with the secret, within tolerance of
// now. Receivers in Go may call it; to detect repeated deliveries, they must compare
// the numbers themselves.
func Verify(secret string, h http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	timestamp := h.Get(HeaderTimestamp)
	want := sign(secret, timestamp, h.Get(HeaderDelivery), body)
	// With an empty secret anyone could sign. The timestamp counts only once it is known to be signed.
	if secret == "" || !hmac.Equal([]byte(strings.TrimSpace(h.Get(HeaderSignature))), []byte(want)) {
		return ErrSignature
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return ErrOld
	}
	return nil
}
