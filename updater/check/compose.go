package check

// A Compose is a compose file, merged as it runs, with all that rules know of it.
type Compose struct {
	Name    string // of the file
	Source  string
	Images  []Image // of the services that pull them
	Digests bool    // digests are wanted
}
