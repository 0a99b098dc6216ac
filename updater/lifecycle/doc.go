// Package lifecycle manages the pull requests of repositories: it opens and updates
// them, leaves branches with other people's commits alone, remembers refused updates,
// and closes pull requests that are done.
//
// A pass observes the repository, its pull requests, commands of users and the plan.
// Package decide decides, and the pass carries out its actions one by one. Package
// message renders texts, and a forge accesses the server.
package lifecycle
