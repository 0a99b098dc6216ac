package plan

import (
	"context"
	"errors"
)

// Interrupted returns ctx's error if it was cancelled, which a person does. It
// returns nil for an exceeded deadline, which is a failure like others.
func Interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return nil
}
