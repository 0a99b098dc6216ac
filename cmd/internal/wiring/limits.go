package wiring

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/plan"
)

// The default limits of one pass; package updater has the default limits of a plan.
const (
	passRequests = 50_000
	passTime     = 30 * time.Minute
)

// limits returns the operator's limits of one plan.
func (s *Settings) limits() plan.Limits {
	l := s.Operator.Limits
	if l == nil {
		return plan.Limits{}
	}
	return plan.Limits{FilePins: amount(l.FilePins), Pins: amount(l.Pins), Lookups: amount(l.Lookups), Candidates: amount(l.Candidates)}
}

// amount converts a limit to package updater's convention: 0 is the default, negative is unlimited.
func amount(a *value.Amount) int {
	switch {
	case a == nil:
		return 0
	case *a == 0:
		return -1
	}
	return int(*a)
}

// Within gives one pass its own request budget. The time limit applies only to
// unattended passes; alone is a pass beside which no other one runs.
func (s *Settings) Within(ctx context.Context, unattended, alone bool) context.Context {
	l := fetch.Limits{Requests: passRequests, Alone: alone}
	if unattended {
		l.Time = passTime
	}
	if set := s.Operator.Limits; set != nil && set.Requests != nil {
		l.Requests = int(*set.Requests)
	}
	if set := s.Operator.Limits; set != nil && set.Time != nil {
		l.Time = time.Duration(*set.Time)
	}
	return fetch.Within(ctx, l)
}
