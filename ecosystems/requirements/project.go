package requirements

import (
	"cmp"
	"fmt"
)

// project reads the dependencies of a pyproject.toml.
func (c *compiled) project(file, data string, extras []string) {
	c.unread = cmp.Or(c.unread, fmt.Sprintf("its source %s is not read here", file))
}
