package store

import "time"

// A Session is the session of a signed-in user. The forge's token is not stored.
type Session struct {
	ID      string // hash of the browser's secret
	Login   string
	Expires time.Time
	Checked time.Time        // when the permissions were last checked at the forge
	May     map[int64]Access // access by the forge's repository id
}

// Access is a user's access to a repository.
type Access int

// Levels of access.
const (
	Read  Access = 1
	Write Access = 2 // may tick boxes and request passes
)

// A Viewer restricts a query to the repositories that a user may see. The zero Viewer
// sees nothing.
type Viewer struct {
	All     bool   // an operator, or --insecure-no-login
	Session string // session whose access applies
}
