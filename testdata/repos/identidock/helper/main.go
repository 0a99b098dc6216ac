// Command helper prints which releases draw the identicons.
package main

import (
	"fmt"

	names "identidock.example/names"
	pixels "identidock.example/pixels"
)

func main() {
	fmt.Println(names.Version, pixels.Version)
}
