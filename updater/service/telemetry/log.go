// Package telemetry provides metrics for Prometheus, logs without secrets, and
// traces for OpenTelemetry.
//
// It decides nothing, and reads only what it is given.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/lmittmann/tint"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Log is a logger that never writes secrets.
type Log struct {
	*slog.Logger
	secrets *strings.Replacer
	redact  func(text string) string
}

// NewLog returns a logger that writes "text" or "json" lines. It replaces the given
// secrets, and whatever redact recognises as one.
func NewLog(w io.Writer, format string, level slog.Level, redact func(text string) string, secrets []string) *Log {
	l := &Log{secrets: replacer(secrets), redact: redact}
	var h slog.Handler
	if format == "text" {
		h = tint.NewTextHandler(w, &tint.Options{Level: level, NoColor: true})
	} else {
		h = slog.NewJSONHandler(sanitize.JSONLines(w), &slog.HandlerOptions{Level: level})
	}
	l.Logger = slog.New(hiding{h, l})
	return l
}

// hidden replaces a secret.
const hidden = "[hidden]"

func replacer(secrets []string) *strings.Replacer {
	var pairs []string
	for _, s := range secrets {
		// Replacing a shorter one would spoil ordinary words.
		if s = strings.TrimSpace(s); len(s) >= 4 {
			pairs = append(pairs, s, hidden)
		}
	}
	return strings.NewReplacer(pairs...)
}

// Hide removes secrets from a text.
func (l *Log) Hide(text string) string {
	return l.redact(l.secrets.Replace(text))
}

// oneLine prevents a message from starting another line.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// hiding is a handler that removes secrets from records.
type hiding struct {
	slog.Handler
	log *Log
}

// Handle implements slog.Handler.
func (h hiding) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, oneLine.Replace(h.log.Hide(r.Message)), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	clean.AddAttrs(about(ctx)...)
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h hiding) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for n, a := range attrs {
		clean[n] = h.attr(a)
	}
	return hiding{h.Handler.WithAttrs(clean), h.log}
}

// WithGroup implements slog.Handler.
func (h hiding) WithGroup(name string) slog.Handler { return hiding{h.Handler.WithGroup(name), h.log} }

func (h hiding) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.log.Hide(v.String()))
	case slog.KindGroup:
		var inside []any
		for _, one := range v.Group() {
			inside = append(inside, h.attr(one))
		}
		return slog.Group(a.Key, inside...)
	// Errors and other values may have a secret in their text.
	case slog.KindAny:
		return slog.String(a.Key, h.log.Hide(v.String()))
	}
	return slog.Attr{Key: a.Key, Value: v}
}

type aboutKey struct{}

// With returns a context that adds attributes, such as repository and job, to all
// its log lines.
func With(ctx context.Context, args ...any) context.Context {
	var r slog.Record
	r.Add(args...)
	attrs := about(ctx)
	// With spare capacity, contexts made from the same one would overwrite each other's attributes.
	attrs = attrs[:len(attrs):len(attrs)]
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return context.WithValue(ctx, aboutKey{}, attrs)
}

func about(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(aboutKey{}).([]slog.Attr)
	return attrs
}
