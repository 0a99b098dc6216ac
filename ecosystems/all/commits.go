package all

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
)

// Commits returns a function that looks up the commit of a tag or branch of a
// repository; "" if there is no such reference.
func Commits(o Options) func(ctx context.Context, repository, ref string) (string, error) {
	source := gitrefs.New(gitrefs.Options{HTTP: o.HTTP})
	return func(ctx context.Context, repository, ref string) (string, error) {
		address, ok := gitrefs.Address(repository)
		if !ok {
			return "", nil
		}
		refs, err := source.Refs(ctx, address)
		if err != nil {
			return "", fmt.Errorf("list the references of %s: %w", address, err)
		}
		if tag, ok := refs.Tag(ref); ok {
			return tag.Commit, nil
		}
		branch, _ := refs.Branch(ref)
		return branch.Commit, nil
	}
}
