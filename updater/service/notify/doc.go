// Package notify sends events to receivers: a signed JSON body to a webhook, a text
// to Slack, a message to a Matrix room.
//
// It reads events from a queue and does not create them. It retries a receiver that
// is down until it answers, with the same events under the same number, so that
// nothing is lost and duplicates can be detected.
package notify
