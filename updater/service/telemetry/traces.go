package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Traces sends spans where the environment says: OTEL_EXPORTER_OTLP_ENDPOINT, as
// OpenTelemetry's specification has it. Without it nothing is traced. The
// function that is returned sends what is left.
func Traces(ctx context.Context, getenv func(string) string, version string) (shutdown func(), err error) {
	if getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" || getenv("OTEL_SDK_DISABLED") == "true" {
		return func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
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

// Wrap traces what a server answers, but for webhooks of registries: their
// secret may be part of the path.
func Wrap(h http.Handler) http.Handler {
	return otelhttp.NewHandler(h, "http", otelhttp.WithFilter(func(r *http.Request) bool {
		return !strings.HasPrefix(r.URL.Path, "/webhooks/")
	}))
}
