package forge

// The codes of a Refused.
const (
	Archived     = "archived"      // the repository is archived
	Disabled     = "disabled"      // the repository is disabled
	NotFound     = "not-found"     // the repository is not there, or may not be read
	NoPermission = "no-permission" // what is to be done there is not permitted
	Protected    = "protected"     // a rule of the repository forbids the push
	RateLimited  = "rate-limited"  // the forge admits no request for a while
	Fork         = "fork"          // the repository is a fork, and forks take no part
	Empty        = "empty"         // the repository has no commits yet
)
