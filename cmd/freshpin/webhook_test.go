package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// hookSecret is known to the service and to the stand-in for GitHub.
const hookSecret = "a secret of the webhook"

// sendWebhook is "webhook REPO N [checked]": GitHub tells the service that ada edited a pull
// request or an issue, or that the checks of a pull request ended.
func sendWebhook(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	event, about := edited(ts, hubOf(ts), args[0], n)
	about["action"], about["sender"] = "edited", map[string]any{"login": "ada", "type": "User"}
	if len(args) > 2 {
		event, about["action"] = "check_suite", "completed"
	}
	about["repository"] = map[string]any{"full_name": args[0], "default_branch": "main"}
	body, err := json.Marshal(about)
	ts.Check(err)
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	req, err := http.NewRequest(http.MethodPost, ts.Getenv("SERVICE")+"/webhooks/github", bytes.NewReader(body))
	ts.Check(err)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": rand.Text(),
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		ts.Fatalf("the webhook was answered with %s", res.Status)
	}
}

// edited returns the event of a pull request or an issue, and what GitHub says of it.
func edited(ts *testscript.TestScript, h *forgetest.Server, repo string, n int) (event string, payload map[string]any) {
	for _, p := range h.Pulls(repo) {
		if p.Number == n {
			head := map[string]any{"ref": p.Branch, "sha": p.Head, "repo": map[string]any{"full_name": repo}}
			return "pull_request", map[string]any{
				"number": n, "pull_request": map[string]any{"number": n, "body": p.Body, "head": head},
				"check_suite": map[string]any{"head_branch": p.Branch, "head_sha": p.Head, "conclusion": "failure", "pull_requests": []any{map[string]any{"number": n}}},
			}
		}
	}
	for _, i := range h.Issues(repo) {
		if i.Number == n {
			return "issues", map[string]any{"issue": map[string]any{"number": n, "body": i.Body}}
		}
	}
	ts.Fatalf("%s has no #%s", repo, fmt.Sprint(n))
	return "", nil
}
