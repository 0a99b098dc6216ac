// Command tool checks the names of the shop.
package main

import _ "github.com/acme/lint"

func main() {}
