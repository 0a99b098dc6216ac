// Package notify tells people what happened: a signed JSON body for a webhook,
// a text for Slack, a message for a Matrix room.
//
// It reads what is to be told from a queue, and sends it; what happened is not
// decided here. A receiver that is down is asked again until it answers, with
// the same events under the same number, so that nothing is lost and nothing
// has to be shown twice.
package notify
