package cli

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// The workflow that init writes is safe in a public repository: nothing of it is
// checked out or run, it has three permissions, and each event that strangers can
// cause has a condition.
func TestWorkflow(t *testing.T) {
	var w struct {
		On          map[string]any    `yaml:"on"`
		Permissions map[string]string `yaml:"permissions"`
		Concurrency any               `yaml:"concurrency"`
		Jobs        map[string]struct {
			If          string
			Permissions map[string]string
			Concurrency any
			Steps       []map[string]string
		}
	}
	if err := yaml.Unmarshal([]byte(workflowText), &w); err != nil {
		t.Fatal(err)
	}
	job := w.Jobs["freshpin"]
	if len(w.Jobs) != 1 || len(w.Permissions) != 0 || len(job.Permissions) != 3 {
		t.Errorf("%d jobs, permissions %v and %v", len(w.Jobs), w.Permissions, job.Permissions)
	}
	if len(job.Steps) != 1 || len(job.Steps[0]) != 1 || job.Steps[0]["uses"] != "freshpin/freshpin@v"+console.Version {
		t.Errorf("the steps are %v", job.Steps)
	}
	if w.Concurrency != nil || job.Concurrency == nil {
		t.Error("an event of a stranger waits in the line of those that may start a job")
	}
	if strings.Contains(workflowText, "pull_request_target") || strings.Contains(workflowText, "${{") {
		t.Error("a fork's pull request gets a token that writes, or an event's text is put into something")
	}
	safe := []string{"schedule", "workflow_dispatch"}
	for event := range w.On {
		if !strings.Contains(job.If, "github.event_name == '"+event+"'") {
			t.Errorf("%s starts nothing", event)
		}
		if !slices.Contains(safe, event) && strings.Index(job.If, "'"+event+"'") < strings.Index(job.If, "github.event.sender.type == 'User' && (") {
			t.Errorf("%s needs no person", event)
		}
	}
	for _, condition := range []string{
		`contains(fromJSON('["OWNER", "MEMBER", "COLLABORATOR"]'), github.event.comment.author_association)`,
		"github.event.issue.user.type == 'Bot'", "github.event.pull_request.user.type == 'Bot'",
		"github.event.pull_request.head.repo.full_name == github.repository", "startsWith(github.head_ref, 'freshpin/')",
	} {
		if !strings.Contains(strings.Join(strings.Fields(job.If), " "), condition) {
			t.Errorf("missing is %s", condition)
		}
	}
}
