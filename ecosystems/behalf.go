package ecosystems

import "context"

type behalfKey struct{}

// OnBehalf returns a context for lookups on behalf of one repository,
// "owner/name". Its files are hostile, so such lookups use the login for private
// repositories only for those of the same owner.
func OnBehalf(ctx context.Context, repository string) context.Context {
	return context.WithValue(ctx, behalfKey{}, repository)
}

// BehalfOf returns the repository of OnBehalf; "" if a person chose the files.
func BehalfOf(ctx context.Context) string {
	repository, _ := ctx.Value(behalfKey{}).(string)
	return repository
}
