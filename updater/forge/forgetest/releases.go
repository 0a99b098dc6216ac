package forgetest

import (
	"time"
)

// A Release is a release of a project on GitHub.
type Release struct {
	Tag, Name, Body string
	Published       time.Time
}

// Release publishes a release of a repository. The tag need not exist.
func (s *Server) Release(name string, release Release) error {
	return s.with(name, func(r *repo) error {
		r.releases = append([]Release{release}, r.releases...)
		return nil
	})
}

// See https://docs.github.com/rest/releases/releases#list-releases
func listReleases(c *call) (any, error) {
	n := int64(len(c.repo.releases))
	return shapes(c, c.repo.releases, func(r Release) fields {
		self, html := c.repoAPI(c.repo)+"/releases", c.repoHTML(c.repo)
		// The newest release is first and has the largest id.
		n--
		id := c.repo.id*1000 + n
		return fields{
			"url": self + "/1", "html_url": html + "/releases/tag/" + escape(r.Tag), "assets_url": self + "/1/assets", "upload_url": self + "/1/assets{?name,label}",
			"tarball_url": nil, "zipball_url": nil, "id": id, "node_id": nodeID("Release", id), "tag_name": r.Tag, "target_commitish": c.repo.Branch,
			"name": text(r.Name), "body": text(r.Body), "draft": false, "prerelease": false, "created_at": stamp(r.Published), "published_at": stamp(r.Published),
			"author": c.user(owner(c.repo.name)), "assets": []any{},
		}
	}), nil
}
