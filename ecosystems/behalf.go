package ecosystems

import "context"

type behalfKey struct{}

// OnBehalf returns a context whose lookups are made for one repository,
// "owner/name", whose files may be a stranger's: a login for what is private is
// used for what belongs to the same owner alone.
func OnBehalf(ctx context.Context, repository string) context.Context {
	return context.WithValue(ctx, behalfKey{}, repository)
}

// BehalfOf returns the repository that lookups are made for; "" where a person
// looks at files of their own choice.
func BehalfOf(ctx context.Context) string {
	repository, _ := ctx.Value(behalfKey{}).(string)
	return repository
}
