package github

import (
	"net/url"
	"strconv"

	"github.com/freshpin/freshpin/updater/forge"
)

// Info describes GitHub.
func Info() forge.Info {
	return forge.Info{
		Name: "github", Title: "GitHub", SignInKeys: []string{"github_client_id", "github_client_secret"},
		FileURL: func(root, at, file string, line int) string {
			address := root + "/blob/" + url.PathEscape(at) + "/" + escape(file)
			if line > 0 {
				address += "#L" + strconv.Itoa(line)
			}
			return address
		},
	}
}
