// Package exchange has the messages of a recorder of package contract and the program
// that checks what it recorded: after a Hello of the program, a Verdict for each
// Exchange, in order, all of them lines of JSON.
package exchange

import "net/http"

// A Hello is the first message of the program.
type Hello struct {
	Operations []string // "METHOD PATH", by GitHub's names: what it checks
	Error      string   // why it cannot check; "" if it can
}

// An Exchange is a request of the API with its answer.
type Exchange struct {
	Method string
	URL    string // path and query, as the server received them
	Path   string // the escaped path below the root of the REST API; "" for GraphQL
	Header http.Header
	Body   []byte

	Status       int // 0 if the server cut the connection instead of answering
	AnswerHeader http.Header
	Answer       []byte
}

// A Proof is what an Exchange proves.
type Proof struct {
	Violations []string // of GitHub's description
	Operation  string   // the operation that succeeded; "" for none
}
