package fetch

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What fails at TLS names the way on: these are the first errors of a registry in
// people's own network (Renovate's documents about NODE_EXTRA_CA_CERTS and insecureRegistry).
func TestErrorsOfTLSNameAWayOn(t *testing.T) {
	unknown := httptest.NewUnstartedServer(http.HandlerFunc(plain))
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that we break off
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	open, _ := serve(t, plain)
	for url, want := range map[string]string{
		unknown.URL: "SSL_CERT_FILE",
		"https" + strings.TrimPrefix(open, "http"): "FRESHPIN_INSECURE_REGISTRIES",
	} {
		_, err := client(t, Options{}).Get(t.Context(), Request{URL: url})
		if Code(err) != Unreachable || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want the name %s", url, err, want)
		}
	}
}
