package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

var ugly = []Event{{ID: 7, Kind: Vulnerable, At: now, Repository: "acme/shop", Text: "<!channel> @here \x1b[31m*x* & \n<https://evil.example|click>", URL: "https://freshpin.example/r/acme/shop"}}

// TestWebhook: the body is signed with its time and number; what was changed,
// sent again later, or signed by another, is refused.
func TestWebhook(t *testing.T) {
	const secret = "0123456789abcdef"
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	r := Receiver{Name: "pager", Kind: "webhook", URL: server.URL, Secret: secret}
	if err := Send(t.Context(), server.Client(), r, "d-1-7", ugly, now); err != nil {
		t.Fatal(err)
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil || m.Delivery != "d-1-7" || len(m.Events) != 1 || m.Events[0].ID != 7 || m.Version != 1 {
		t.Errorf("the body is %s (%v)", body, err)
	}
	with := func(name, value string) http.Header {
		h := header.Clone()
		h.Set(name, value)
		return h
	}
	for name, test := range map[string]struct {
		secret string
		header http.Header
		body   []byte
		now    time.Time
		want   error
	}{
		"as sent":         {secret, header, body, now.Add(time.Minute), nil},
		"later":           {secret, header, body, now.Add(time.Hour), ErrOld},
		"from the future": {secret, header, body, now.Add(-time.Hour), ErrOld},
		"another secret":  {"another secret ..", header, body, now, ErrSignature},
		"no secret":       {"", header, body, now, ErrSignature},
		"another body":    {secret, header, append([]byte(" "), body...), now, ErrSignature},
		"another time":    {secret, with(HeaderTimestamp, "1772629200"), body, now.Add(time.Hour), ErrSignature},
		"another number":  {secret, with(HeaderDelivery, "d-1-8"), body, now, ErrSignature},
		"no signature":    {secret, http.Header{}, body, now, ErrSignature},
	} {
		if err := Verify(test.secret, test.header, test.body, test.now, 5*time.Minute); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// TestTexts checks that texts cannot mention users, make links or break out of their line.
func TestTexts(t *testing.T) {
	var method, path, auth string
	var body map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		method, path, auth = r.Method, r.URL.EscapedPath(), r.Header.Get("Authorization")
		body = nil
		_ = json.NewDecoder(r.Body).Decode(&body)
	}))
	defer server.Close()
	if err := Send(t.Context(), server.Client(), Receiver{Kind: "slack", URL: server.URL + "/services/x"}, "d", ugly, now); err != nil {
		t.Fatal(err)
	}
	text, _ := body["text"].(string)
	if strings.ContainsAny(text, "<>\x1b") || strings.Count(text, "\n") != 1 || !strings.Contains(text, "&lt;!channel&gt;") || method != "POST" {
		t.Errorf("Slack is sent %s %q", method, text)
	}
	r := Receiver{Kind: "matrix", URL: server.URL + "/", Secret: "token-of-the-bot", Room: "!a/b:example.org"}
	if err := Send(t.Context(), server.Client(), r, "d-1-7", ugly, now); err != nil {
		t.Fatal(err)
	}
	if want := "/_matrix/client/v3/rooms/%21a%2Fb:example.org/send/m.room.message/d-1-7"; method != "PUT" || path != want && path != strings.Replace(want, "%21", "!", 1) || auth != "Bearer token-of-the-bot" {
		t.Errorf("Matrix is asked %s %s as %q", method, path, auth)
	}
	if formatted, _ := body["formatted_body"].(string); strings.Contains(formatted, "<!channel") || strings.Contains(formatted, "<https") || body["msgtype"] != "m.notice" {
		t.Errorf("Matrix is sent %v", body)
	}
	many := make([]Event, 100)
	if got, _ := slackBody(many); !strings.Contains(string(got), "and 70 more") {
		t.Errorf("a hundred events are told as %s", got)
	}
}

// TestErrorsTellNoURL: that of Slack is a secret.
func TestErrorsTellNoURL(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL + "/services/T0/B0/hunter2"
	one := Send(t.Context(), server.Client(), Receiver{Name: "chat", Kind: "slack", URL: address}, "d", ugly, now)
	server.Close()
	two := Send(t.Context(), http.DefaultClient, Receiver{Name: "chat", Kind: "slack", URL: address}, "d", ugly, now)
	three := Send(context.Background(), http.DefaultClient, Receiver{Name: "chat", Kind: "slack", URL: "http://[hunter2"}, "d", ugly, now)
	for _, err := range []error{one, two, three} {
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "notify chat") {
			t.Errorf("the error is %v", err)
		}
	}
}

// TestDue: a digest comes once a day, after its time where it is read.
func TestDue(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	r := Receiver{Digest: true, At: 8 * time.Hour, Zone: berlin}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	for _, test := range []struct {
		last, now time.Time
		want      bool
	}{
		{at(3, 12, 0), at(4, 6, 59), false}, {at(3, 12, 0), at(4, 7, 0), true}, {at(4, 7, 0), at(4, 23, 0), false},
		{at(4, 7, 0), at(5, 6, 0), false}, {at(1, 7, 0), at(4, 3, 0), true},
	} {
		if got := r.due(test.last, test.now); got != test.want {
			t.Errorf("after %v, a digest at %v is due: %v", test.last, test.now, got)
		}
	}
}
