package plan

import (
	"context"
	"errors"
)

// Interrupted returns an error where a person stopped everything. A time that is up is a failure like others.
func Interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return nil
}
