package notify

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// The kinds of events.
const (
	Vulnerable = "vulnerable" // an advisory affects what it did not affect before
	Red        = "pull-red"   // the checks of a pull request failed
	Old        = "pull-old"   // a pull request is open for too long
	Gone       = "pin-gone"   // the version of a pin is no longer published
	Unwell     = "unwell"     // the service itself has a problem
)

// Kinds are all of them.
func Kinds() []string { return []string{Vulnerable, Red, Old, Gone, Unwell} }

// An Event is something that happened.
type Event struct {
	ID         int64     `json:"id"` // increasing; an event keeps its number forever
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	Repository string    `json:"repository"` // "" for the service itself
	Text       string    `json:"text"`       // one sentence
	URL        string    `json:"url"`        // a page about it; "" for none
}

// A message is the JSON body of a webhook.
type message struct {
	Version  int     `json:"version"` // 1; later versions only add fields
	Delivery string  `json:"delivery"`
	Events   []Event `json:"events"`
}

// textMost is how many events a text lists; a webhook lists all of them.
const textMost = 30

func webhookBody(delivery string, events []Event) ([]byte, error) {
	return json.Marshal(message{Version: 1, Delivery: delivery, Events: events})
}

// headline returns a short title for events.
func headline(events []Event) string {
	if len(events) == 1 {
		return "Freshpin: 1 event"
	}
	return fmt.Sprintf("Freshpin: %d events", len(events))
}

// lines returns one line per event; write formats and escapes it.
func lines(events []Event, write func(Event) string) []string {
	var out []string
	for _, e := range events[:min(len(events), textMost)] {
		e.Text, e.Repository = sanitize.Cell(e.Text), sanitize.Cell(e.Repository)
		out = append(out, write(e))
	}
	if more := len(events) - textMost; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

func plain(e Event) string {
	text := e.Text
	if e.Repository != "" {
		text = e.Repository + ": " + text
	}
	if e.URL != "" {
		text += " " + e.URL
	}
	return text
}

// slackEscapes escapes the three characters with a meaning in Slack, so that no text
// mentions a user or makes a link.
//
// See https://docs.slack.dev/messaging/formatting-message-text#escaping
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackBody(events []Event) ([]byte, error) {
	list := lines(events, func(e Event) string { return "• " + slackEscapes.Replace(plain(e)) })
	return json.Marshal(map[string]any{"text": headline(events) + "\n" + strings.Join(list, "\n"), "mrkdwn": false, "link_names": false})
}

// matrixBody is an m.notice, to which bots do not reply, as text and as HTML.
//
// See https://spec.matrix.org/latest/client-server-api/#mnotice
func matrixBody(events []Event) ([]byte, error) {
	text := lines(events, func(e Event) string { return "- " + plain(e) })
	marked := lines(events, func(e Event) string { return "<li>" + html.EscapeString(plain(e)) + "</li>" })
	return json.Marshal(map[string]any{
		// An empty m.mentions lets no text mention a user.
		"msgtype": "m.notice", "body": headline(events) + "\n" + strings.Join(text, "\n"), "m.mentions": map[string]any{},
		"format": "org.matrix.custom.html", "formatted_body": "<p>" + headline(events) + "</p><ul>" + strings.Join(marked, "") + "</ul>",
	})
}
