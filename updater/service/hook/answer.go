package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/freshpin/freshpin/updater/forge/event"
)

// An answer is the outcome of a request.
type answer struct {
	status   int
	outcome  string // for metrics: accepted, ignored, replayed, refused, failed
	text     string // for the sender: contains no secret and nothing of the request
	delivery string // "" if unknown
	repo     string // the repository concerned, for the log
	err      error  // an error on our side, for the log
}

func accepted(delivery string, e event.Event) *answer {
	return &answer{status: http.StatusAccepted, outcome: "accepted", text: "accepted", delivery: delivery, repo: e.Repository.Name}
}

func ignored() *answer {
	return &answer{status: http.StatusAccepted, outcome: "ignored", text: "ignored: this event is not relevant"}
}

func pong() *answer {
	return &answer{status: http.StatusOK, outcome: "accepted", text: "pong"}
}

func replayed(delivery string) *answer {
	const text = "this delivery was received and handled before"
	return &answer{status: http.StatusConflict, outcome: "replayed", text: text, delivery: delivery}
}

func refused(status int, why string) *answer {
	return &answer{status: status, outcome: "refused", text: why}
}

// failed is the answer to an error on our side: the sender should try again.
func failed(what, delivery string, err error) *answer {
	return &answer{
		status: http.StatusServiceUnavailable, outcome: "failed", text: "the webhook cannot be stored right now; send it again",
		delivery: delivery, err: fmt.Errorf("%s %s: %w", what, delivery, err),
	}
}

func wrongMethod() *answer {
	return refused(http.StatusMethodNotAllowed, "webhooks must use POST")
}

func tooLarge(limit int64) *event.Rejection {
	return &event.Rejection{Status: http.StatusRequestEntityTooLarge, Why: fmt.Sprintf("the body is larger than %d bytes", limit)}
}

// cutOff is the refusal of a truncated body.
func cutOff(err error, limit int64) *event.Rejection {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge(limit)
	}
	return &event.Rejection{Status: http.StatusBadRequest, Why: "the body is truncated"}
}

// answer responds with one line of JSON, and reports the outcome to log and metrics.
func (r *Receiver) answer(w http.ResponseWriter, source, name string, a *answer) {
	r.o.Seen(source, name, a.outcome)
	log := r.o.Log.With("source", source, "event", name, "outcome", a.outcome, "status", a.status)
	switch a.outcome {
	case "failed":
		log.Error("a webhook was not stored", "delivery", a.delivery, "error", a.err)
	case "refused", "replayed":
		log.Warn("a webhook was rejected", "delivery", a.delivery, "reason", a.text)
	default:
		log.Debug("a webhook arrived", "delivery", a.delivery, slog.String("repo", a.repo))
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch a.status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "60")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": a.text}) // the sender may have disconnected
}
