package cli

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// The limits of one pass where the operator says nothing; package updater has those of plans.
const (
	passRequests = 50_000
	passTime     = 30 * time.Minute
)

// limits are those of one plan, as the operator wants them.
func (s *settings) limits() plan.Limits {
	l := s.operator.Limits
	if l == nil {
		return plan.Limits{}
	}
	return plan.Limits{FilePins: amount(l.FilePins), Pins: amount(l.Pins), Lookups: amount(l.Lookups), Candidates: amount(l.Candidates)}
}

// amount returns a limit in the way of package updater: 0 where it is not set, and negative for none.
func amount(a *config.Amount) int {
	switch {
	case a == nil:
		return 0
	case *a == 0:
		return -1
	}
	return int(*a)
}

// within gives one pass its share of the client. A limit of time is for passes
// that nobody waits for.
func (s *settings) within(ctx context.Context, unattended bool) context.Context {
	l := fetch.Limits{Requests: passRequests}
	if unattended {
		l.Time = passTime
	}
	if set := s.operator.Limits; set != nil && set.Requests != nil {
		l.Requests = int(*set.Requests)
	}
	if set := s.operator.Limits; set != nil && set.Time != nil {
		l.Time = time.Duration(*set.Time)
	}
	return fetch.Within(ctx, l)
}
