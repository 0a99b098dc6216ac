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

// Traces sends spans where the environment says: OTEL_EXPORTER_OTLP_ENDPOINT, as
// OpenTelemetry's specification has it. Without it nothing is traced. The
// function that is returned sends what is left.
//
// They go over a transport that is made for the host of the endpoint: one that
// keeps our rules about where answers may lead. It does not follow redirects.
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
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // what cannot be sent is lost; nothing depends on it
	}, nil
}

// sender is the client that sends traces. What the exporter reads of the
// environment for a client of its own, certificates and the time limit, is read here.
func sender(endpoint string, getenv func(string) string, transport func(host string) *http.Transport) (*http.Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is no http or https address") // its text may hold a password
	}
	t := transport(u.Host)
	if err := trust(t.TLSClientConfig, func(name string) string {
		return cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_"+name), getenv("OTEL_EXPORTER_OTLP_"+name))
	}); err != nil {
		return nil, err
	}
	limit := 10 * time.Second // the specification's
	if ms, err := strconv.Atoi(cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"), getenv("OTEL_EXPORTER_OTLP_TIMEOUT"))); err == nil && ms > 0 {
		limit = time.Duration(ms) * time.Millisecond
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: t, Timeout: limit, CheckRedirect: stay}, nil
}

// trust reads the certificates of the environment: that of the endpoint, and our own.
func trust(c *tls.Config, setting func(name string) string) error {
	if file := setting("CERTIFICATE"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(data) {
			return fmt.Errorf("%s holds no certificate", file)
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

// name is whose spans these are.
const name = "github.com/freshpin/freshpin"

// Start begins a span; end ends it with the error that there was, or nil.
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
