package fetch

import "net/http"

// A Bearer sends requests with a token to one server, and counts them against
// the rate limit of an account there. What goes to another one, such as after a
// redirect, goes without both.
type Bearer struct {
	Via     http.RoundTripper // Client.Transport
	Server  string            // "https://api.github.com": scheme, host, and the port where one is written
	Token   string            // "" for none
	Account string            // as Account.Name
}

// RoundTrip implements http.RoundTripper.
func (b Bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme+"://"+req.URL.Host == b.Server {
		req = req.Clone(Charged(req.Context(), Account{Name: b.Account}))
		if b.Token != "" {
			req.Header.Set("Authorization", "Bearer "+b.Token)
		}
	}
	return b.Via.RoundTrip(req)
}
