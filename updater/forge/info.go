package forge

// An Info describes a kind of forge.
type Info struct {
	Name       string   // in names of repositories, as in "github:acme/shop", in addresses of the service and in names of metrics
	Title      string   // for people: "GitHub"
	SignInKeys []string // the operator's settings with which people sign in

	// FileURL returns the address of a file of the repository at root, at a commit or
	// branch; of one line if line is not 0.
	FileURL func(root, at, file string, line int) string
}
