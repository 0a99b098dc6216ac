package telemetry

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Traces sends spans to OTEL_EXPORTER_OTLP_ENDPOINT, as OpenTelemetry's
// specification says; without it nothing is traced. The returned function sends the
// remaining spans.
//
// transport returns a transport for the endpoint's host that enforces our host
// rules. Redirects are not followed.
func Traces(ctx context.Context, getenv func(string) string, version string, transport func(host string) *http.Transport) (shutdown func(), err error) {
	endpoint := cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	if endpoint == "" || getenv("OTEL_SDK_DISABLED") == "true" {
		return func() {}, nil
	}
	client, err := sender(endpoint, getenv, transport)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	sends, err := newOTLP(client, getenv)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	exporter, err := otlptrace.New(ctx, sends)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "freshpin"), attribute.String("service.version", version))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	otel.SetTracerProvider(provider)
	return func() {
		// ctx has ended by then, and the last spans still have to be sent.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // losing unsent spans is harmless
	}, nil
}

// sender returns the HTTP client for traces. It reads the environment variables that
// the exporter would use for its own client: certificates and time limit.
func sender(endpoint string, getenv func(string) string, transport func(host string) *http.Transport) (*http.Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https address") // the text may contain a password
	}
	t := transport(u.Host)
	if err := trust(t.TLSClientConfig, func(name string) string {
		return cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_"+name), getenv("OTEL_EXPORTER_OTLP_"+name))
	}); err != nil {
		return nil, err
	}
	limit := 10 * time.Second // the specification's default
	if ms, err := strconv.Atoi(cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"), getenv("OTEL_EXPORTER_OTLP_TIMEOUT"))); err == nil && ms > 0 {
		limit = time.Duration(ms) * time.Millisecond
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: t, Timeout: limit, CheckRedirect: stay}, nil
}

// trust adds the certificates of the environment to c: the endpoint's variables, and SSL_CERT_FILE.
func trust(c *tls.Config, setting func(name string) string) error {
	if file := setting("CERTIFICATE"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(data) {
			return fmt.Errorf("%s contains no certificate", file)
		}
	}
	if file := setting("CLIENT_CERTIFICATE"); file != "" {
		pair, err := tls.LoadX509KeyPair(file, setting("CLIENT_KEY"))
		if err != nil {
			return err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// name is the instrumentation scope.
const name = "github.com/freshpin/freshpin"

// Start begins a span; end ends it and records the error, nil for none.
func Start(ctx context.Context, what string, about map[string]string) (_ context.Context, end func(error)) {
	ctx, span := otel.Tracer(name).Start(ctx, what)
	for k, v := range about {
		span.SetAttributes(attribute.String(k, v))
	}
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}
