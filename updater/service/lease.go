package service

import (
	"context"
	"fmt"
	"time"
)

// leaseTime is how long a lease lasts without renewal. After it, a lease of a killed
// process is free again.
const leaseTime = 30 * time.Second

func leaseOf(repository int64) string { return fmt.Sprintf("repository/%d", repository) }

// hold takes a lease and keeps it until release is called.
func (s *Service) hold(ctx context.Context, name string) (release func(), err error) {
	if err := s.processes.Lease(ctx, name, leaseTime); err != nil {
		return nil, err
	}
	// A process that is asked to stop still finishes its work under the lease.
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.renew(keep, name)
	}()
	return func() {
		stop()
		// A renewal after the release would take the lease again.
		<-ended
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := s.processes.Release(last, name); err != nil {
			s.o.Log.Debug("a lease was not released; it expires", "lease", name, "error", err)
		}
	}, nil
}

// renew keeps a lease alive.
func (s *Service) renew(ctx context.Context, name string) {
	every := time.NewTicker(leaseTime / 3)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if err := s.processes.Lease(ctx, name, leaseTime); err != nil {
				s.o.Log.Warn("a lease was not renewed", "lease", name, "error", err)
			}
		}
	}
}
