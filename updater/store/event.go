package store

import "time"

// An Event is an event for notifications.
type Event struct {
	ID         int64
	Key        string // identifies the event: a second event with the same key is not added
	Kind       string
	Repository int64  // 0 for the service itself
	Repo       string // set by queries
	Text       string
	URL        string
	At         time.Time
}

// A Batch holds the events of one message to a receiver.
type Batch struct {
	First, Last int64
	Tries       int
	Again       time.Time
	Sent        time.Time // when the last batch arrived; for a new receiver, when it was added
	Events      []Event
}

// A Delivery is a webhook with the forge's delivery id.
type Delivery struct {
	ID       string
	Event    string
	Received time.Time
	Done     bool // its job is done, so another one with the same ID is a replay
}

// An Entry is a cached answer of a registry or index.
type Entry struct {
	Key   string
	Host  string
	URL   string // without secrets
	Data  []byte // encoded by package fetch
	Heard time.Time
}
