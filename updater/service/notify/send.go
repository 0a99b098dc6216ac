package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Receiver is a destination for events.
type Receiver struct {
	Name   string // unique: deliveries are recorded under this name
	Kind   string // webhook, slack or matrix
	URL    string // of the webhook, or of the matrix homeserver
	Secret string // the signing key of a webhook, or the access token for matrix
	Room   string // the matrix room: "!id:example.org"
	Events []string
	Digest bool          // one message a day instead of one per batch
	At     time.Duration // when a digest is sent, after midnight in Zone
	Zone   *time.Location
}

// Wants reports whether the receiver gets events of a kind.
func (r Receiver) Wants(kind string) bool {
	return len(r.Events) == 0 || slices.Contains(r.Events, kind)
}

// timeout limits one attempt.
const timeout = 20 * time.Second

// Send makes one attempt to send events. The error names the receiver but not its
// URL, which may be a secret.
func Send(ctx context.Context, client *http.Client, r Receiver, delivery string, events []Event, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := request(ctx, r, delivery, events, now)
	if err != nil {
		return fmt.Errorf("notify %s: %w", r.Name, nameless(err))
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("notify %s: %w", r.Name, nameless(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be reused
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("notify %s: the receiver answered %d %s", r.Name, res.StatusCode, http.StatusText(res.StatusCode))
	}
	return nil
}

// nameless removes the URL from an error of net/http.
func nameless(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func request(ctx context.Context, r Receiver, delivery string, events []Event, now time.Time) (*http.Request, error) {
	method, address := http.MethodPost, r.URL
	var body []byte
	var err error
	switch r.Kind {
	case "slack":
		body, err = slackBody(events)
	case "matrix":
		// PUT with our own transaction ID: the server accepts each ID once.
		method = http.MethodPut
		address = strings.TrimRight(r.URL, "/") + "/_matrix/client/v3/rooms/" + url.PathEscape(r.Room) + "/send/m.room.message/" + url.PathEscape(delivery)
		body, err = matrixBody(events)
	default:
		body, err = webhookBody(delivery, events)
	}
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		// The error of net/http contains the URL, which may be a secret.
		return nil, errors.New("its url is invalid")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "freshpin")
	switch r.Kind {
	case "webhook":
		timestamp := strconv.FormatInt(now.Unix(), 10)
		req.Header.Set(HeaderDelivery, delivery)
		req.Header.Set(HeaderTimestamp, timestamp)
		if r.Secret != "" {
			req.Header.Set(HeaderSignature, sign(r.Secret, timestamp, delivery, body))
		}
	case "matrix":
		req.Header.Set("Authorization", "Bearer "+r.Secret)
	}
	return req, nil
}
