package forge

// Codes of a Denied.
const (
	Archived     = "archived"      // the repository is archived
	Disabled     = "disabled"      // the repository is disabled
	NotFound     = "not-found"     // the repository does not exist, or the login may not read it
	NoPermission = "no-permission" // the login lacks a permission for the operation
	Protected    = "protected"     // a rule of the repository forbids the push
	RateLimited  = "rate-limited"  // the forge's rate limit is used up
	Fork         = "fork"          // the repository is a fork, and forks are excluded
	Empty        = "empty"         // the repository has no commits yet
)
