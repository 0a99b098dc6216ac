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
	Gone       = "pin-gone"   // what a pin names is not published any more
	Unwell     = "unwell"     // something is wrong with the service itself
)

// Kinds are all of them.
func Kinds() []string { return []string{Vulnerable, Red, Old, Gone, Unwell} }

// An Event is something that happened.
type Event struct {
	ID         int64     `json:"id"` // counts up; the same event has the same number for ever
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	Repository string    `json:"repository"` // "" for the service itself
	Text       string    `json:"text"`       // one sentence
	URL        string    `json:"url"`        // where to look; "" for nowhere
}

// A message is the JSON body of a webhook.
type message struct {
	Version  int     `json:"version"` // 1; fields are only ever added
	Delivery string  `json:"delivery"`
	Events   []Event `json:"events"`
}

// textMost is how many events a text names; a webhook has all of them.
const textMost = 30

func webhookBody(delivery string, events []Event) ([]byte, error) {
	return json.Marshal(message{Version: 1, Delivery: delivery, Events: events})
}

// headline says in a few words what a text is about.
func headline(events []Event) string {
	if len(events) == 1 {
		return "Freshpin: 1 event"
	}
	return fmt.Sprintf("Freshpin: %d events", len(events))
}

// lines writes one line an event; write words and escapes it.
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

// slackEscapes are the three characters that Slack gives a meaning, so that no
// text mentions anybody or makes a link.
//
// See https://docs.slack.dev/messaging/formatting-message-text#escaping
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackBody(events []Event) ([]byte, error) {
	list := lines(events, func(e Event) string { return "• " + slackEscapes.Replace(plain(e)) })
	return json.Marshal(map[string]any{"text": headline(events) + "\n" + strings.Join(list, "\n"), "mrkdwn": false, "link_names": false})
}

// matrixBody is a notice, which bots do not answer, with a text and the same as HTML.
//
// See https://spec.matrix.org/latest/client-server-api/#mnotice
func matrixBody(events []Event) ([]byte, error) {
	text := lines(events, func(e Event) string { return "- " + plain(e) })
	marked := lines(events, func(e Event) string { return "<li>" + html.EscapeString(plain(e)) + "</li>" })
	return json.Marshal(map[string]any{
		"msgtype": "m.notice", "body": headline(events) + "\n" + strings.Join(text, "\n"), "m.mentions": map[string]any{},
		"format": "org.matrix.custom.html", "formatted_body": "<p>" + headline(events) + "</p><ul>" + strings.Join(marked, "") + "</ul>",
	})
}
