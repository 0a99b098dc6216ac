package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

// hubs holds the stand-in for GitHub of each script that runs.
var hubs sync.Map

// runHub is "hub WHAT …": the stand-in for GitHub, and what people do there.
func runHub(ts *testscript.TestScript, neg bool, args []string) {
	h := hubOf(ts)
	what, ok := hubCommands[args[0]]
	if !ok {
		ts.Fatalf("there is no hub %s", args[0])
	}
	out, err := what(ts, h, args[1:])
	if neg != (err != nil) {
		ts.Fatalf("hub %s: %v", strings.Join(args, " "), err)
	}
	fmt.Fprint(ts.Stdout(), out)
}

// hubOf returns the stand-in of a script, and starts it at its first use.
func hubOf(ts *testscript.TestScript) *forgetest.Server {
	if h, ok := hubs.Load(ts); ok {
		return h.(*forgetest.Server)
	}
	h := forgetest.New(ts.MkAbs(".hub"))
	if d, err := contract.Load(); err == nil {
		watched := d.Watch(h)
		ts.Defer(func() {
			if violations := watched.Violations(); len(violations) > 0 {
				ts.Fatalf("GitHub's description of its API:\n%s", strings.Join(violations, "\n"))
			}
		})
	} else if !errors.Is(err, contract.ErrMissing) {
		ts.Check(err)
	}
	url, err := h.Start()
	ts.Check(err)
	ts.Defer(func() { h.Close() })
	ts.Setenv("GITHUB_API_URL", url)
	ts.Setenv("GITHUB_SERVER_URL", "https://github.com") // whose repositories it knows
	ts.Setenv("HUB", url)
	ts.Setenv("GITHUB_TOKEN", "ghs_bot")
	hubs.Store(ts, h)
	return h
}

type hubCommand func(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error)

// hubCommands are what scripts can say; each takes a repository first, unless it says otherwise.
var hubCommands = map[string]hubCommand{
	"repo":       hubRepo,   // REPO DIR [archived] [disabled] [fork] [readonly] [private]
	"commit":     hubCommit, // REPO BRANCH DIR: a person's commit
	"pulls":      hubPulls,
	"mergeable":  hubMergeable, // REPO N
	"labels":     pullField(func(p forgetest.Pull) string { return strings.Join(p.Labels, "\n") }),
	"reviewers":  pullField(func(p forgetest.Pull) string { return strings.Join(p.Reviewers, "\n") }),
	"assignees":  pullField(func(p forgetest.Pull) string { return strings.Join(p.Assignees, "\n") }),
	"body":       pullField(func(p forgetest.Pull) string { return p.Body }),
	"automerge":  pullField(func(p forgetest.Pull) string { return strconv.FormatBool(p.AutoMerge) }),
	"draft":      pullField(func(p forgetest.Pull) string { return strconv.FormatBool(p.Draft) }),
	"title":      pullField(func(p forgetest.Pull) string { return p.Title }),
	"bot":        hubBot,     // REPO BRANCH FOLDER TITLE BODY: another bot's pull request; BODY is a file
	"release":    hubRelease, // REPO TAG DATE TITLE…
	"app":        hubApp,     // [PERMISSION=RIGHT]...: what the App may do; from then on the program logs in as it
	"heads":      hubHeads,
	"file":       hubFile,    // REPO BRANCH FILE
	"subject":    hubSubject, // REPO BRANCH
	"diff":       numbered(func(h *forgetest.Server, repo string, n int) (string, error) { return h.Diff(repo, n) }),
	"merge":      numbered(func(h *forgetest.Server, repo string, n int) (string, error) { return "", h.Merge(repo, n) }),
	"close":      numbered(func(h *forgetest.Server, repo string, n int) (string, error) { return "", h.ClosePull(repo, n) }),
	"reopen":     numbered(func(h *forgetest.Server, repo string, n int) (string, error) { return "", h.ReopenPull(repo, n) }),
	"closeissue": numbered(func(h *forgetest.Server, repo string, n int) (string, error) { return "", h.CloseIssue(repo, n) }),
	"comment":    hubComment, // REPO N USER TEXT…
	"comments":   hubComments,
	"issues":     hubIssues,
	"issue":      hubIssue,
	"tick":       hubTick("[ ]", "[x]"), // REPO N TEXT: of the box in the line that holds the text
	"tickpull":   hubTickPull,           // REPO N TEXT: the same below a pull request
	"untick":     hubTick("[x]", "[ ]"),
	"checks":     hubSet(func(o *forgetest.Options) { o.Checks = []string{"build"} }),
	"check":      hubCheck, // REPO N CONCLUSION: how the check of a pull request ended
	"protect":    hubSet(func(o *forgetest.Options) { o.Protected = "freshpin/" }),
	"noissues":   hubSet(func(o *forgetest.Options) { o.NoIssues = true }),
	"noactions":  hubSet(func(o *forgetest.Options) { o.NoActions = true }),
	"rename": func(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
		return "", h.Rename(args[0], args[1])
	},
	"delete": func(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) { // REPO BRANCH
		return "", h.DeleteBranch(args[0], args[1])
	},
	"forget":   hubForget,
	"fault":    hubFault, // METHOD PATH STATUS|lost TIMES [RETRY-AFTER]
	"cut":      hubCut,   // N: entries of a tree before it is truncated
	"token":    hubToken, // workflow
	"requests": hubRequests,
	"atmost":   hubAtMost, // READS WRITES: since the last time
}

func hubRepo(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	is := func(word string) bool { return slices.Contains(args[2:], word) }
	o := forgetest.Options{Archived: is("archived"), Disabled: is("disabled"), Fork: is("fork"), ReadOnly: is("readonly"), Private: is("private"), AutoMerge: is("automerge"), NoIssues: is("noissues")}
	err := h.AddRepo(args[0], folder(ts, args[1]), o)
	for _, person := range []string{"ada", "grace"} {
		h.Grant(args[0], person, "write")
	}
	return "", err
}

// folder reads every file of a folder.
func folder(ts *testscript.TestScript, dir string) map[string]forgetest.File {
	files := map[string]forgetest.File{}
	root := ts.MkAbs(dir)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		files[filepath.ToSlash(name)] = forgetest.File{Data: data, Mode: "100644"}
		return err
	})
	ts.Check(err)
	return files
}

func hubCommit(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	_, err := h.Commit(args[0], args[1], folder(ts, args[2]), "ada")
	return "", err
}

// hubBot opens a pull request as another bot does.
func hubBot(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	bot, _, _ := strings.Cut(args[1], "/")
	if _, err := h.Commit(args[0], args[1], folder(ts, args[2]), bot+"[bot]"); err != nil {
		return "", err
	}
	return "", h.Propose(args[0], args[1], "", args[3], ts.ReadFile(args[4]), bot+"[bot]")
}

func hubPulls(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	out := ""
	for _, p := range h.Pulls(args[0]) {
		plural := "s"
		if p.Commits == 1 {
			plural = ""
		}
		out += fmt.Sprintf("#%d %s %s: %d commit%s\n", p.Number, p.State, p.Branch, p.Commits, plural)
	}
	return out, nil
}

// pullField prints one field of a pull request: REPO N.
func pullField(field func(forgetest.Pull) string) hubCommand {
	return numbered(func(h *forgetest.Server, repo string, n int) (string, error) {
		for _, p := range h.Pulls(repo) {
			if p.Number == n {
				return field(p) + "\n", nil
			}
		}
		return "", fmt.Errorf("there is no pull request %d", n)
	})
}

func hubMergeable(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	out, err := pullField(func(p forgetest.Pull) string { return strconv.FormatBool(p.Mergeable) })(ts, h, args)
	if err == nil && out != "true\n" {
		err = fmt.Errorf("it is in conflict")
	}
	return "", err
}

// numbered is a command about one pull request or issue: REPO N.
func numbered(do func(h *forgetest.Server, repo string, n int) (string, error)) hubCommand {
	return func(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return "", err
		}
		return do(h, args[0], n)
	}
}

func hubHeads(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	out := ""
	heads := h.Heads(args[0])
	for _, branch := range slices.Sorted(maps.Keys(heads)) {
		if branch != "main" {
			out += branch + " " + heads[branch] + "\n"
		}
	}
	return out, nil
}

func hubFile(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	data, err := h.ReadFile(args[0], args[1], args[2])
	return string(data), err
}

func hubSubject(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	subject, err := h.Subject(args[0], args[1])
	return subject + "\n", err
}

func hubComment(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return "", err
	}
	return "", h.Comment(args[0], n, args[2], strings.Join(args[3:], " "))
}

func hubRelease(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	date, err := time.Parse(time.DateOnly, args[2])
	if err != nil {
		return "", err
	}
	title := strings.Join(args[3:], " ")
	return "", h.Release(args[0], forgetest.Release{Tag: args[1], Name: title, Published: date, Body: "What is new in " + args[1] + " by @somebody <b>#1</b>"})
}

func hubComments(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	n, err := strconv.Atoi(args[1])
	out := ""
	for _, c := range h.Comments(args[0], n) {
		out += c.Author + ": " + c.Body + "\n"
	}
	return out, err
}

func hubIssues(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	out := ""
	for _, i := range h.Issues(args[0]) {
		out += fmt.Sprintf("#%d %s %s\n", i.Number, i.State, i.Title)
	}
	return out, nil
}

func hubIssue(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	for _, i := range h.Issues(args[0]) {
		if strconv.Itoa(i.Number) == args[1] {
			return i.Body + "\n", nil
		}
	}
	return "", fmt.Errorf("there is no issue %s", args[1])
}

// hubTick changes the box in the line that holds a text.
func hubTick(from, to string) hubCommand {
	return func(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return "", err
		}
		return "", h.EditIssue(args[0], n, func(body string) string {
			lines := strings.Split(body, "\n")
			for i, l := range lines {
				if strings.Contains(l, args[2]) {
					lines[i] = strings.Replace(l, from, to, 1)
				}
			}
			return strings.Join(lines, "\n")
		})
	}
}

// hubTickPull ticks a box in the body of a pull request.
func hubTickPull(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return "", err
	}
	return "", h.EditIssue(args[0], n, func(body string) string {
		before, after, _ := strings.Cut(body, args[2])
		at := strings.LastIndex(before, "[ ]")
		return before[:at] + "[x]" + before[at+len("[ ]"):] + args[2] + after
	})
}

// hubCheck ends the check of a pull request.
func hubCheck(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	for _, p := range h.Pulls(args[0]) {
		if strconv.Itoa(p.Number) == args[1] {
			return "", h.Check(args[0], p.Branch, "build", args[2])
		}
	}
	return "", fmt.Errorf("there is no pull request %s", args[1])
}

// hubSet changes the settings of a repository.
func hubSet(change func(*forgetest.Options)) hubCommand {
	return func(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
		return "", h.Set(args[0], change)
	}
}

func hubForget(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	return "", h.DeleteRef(args[0], "refs/freshpin/state")
}

func hubFault(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	f := forgetest.Fault{Method: args[0], Path: args[1], Lost: args[2] == "lost"}
	f.Status, _ = strconv.Atoi(args[2])
	f.Times, _ = strconv.Atoi(args[3])
	if len(args) > 4 {
		f.RetryAfter = args[4]
	}
	h.Fault(f)
	return "", nil
}

func hubCut(_ *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	n, err := strconv.Atoi(args[0])
	h.Cut(n)
	return "", err
}

func hubApp(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	for _, pair := range githubApp(ts) {
		name, value, _ := strings.Cut(pair, "=")
		if name != "FRESHPIN_WEBHOOK_SECRET" {
			ts.Setenv(name, value)
		}
	}
	ts.Setenv("GITHUB_TOKEN", "")
	for _, pair := range args {
		permission, right, _ := strings.Cut(pair, "=")
		h.Permit(permission, right)
	}
	return "", nil
}

func hubToken(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	h.Token("ghs_"+args[0], "github-actions[bot]", true)
	ts.Setenv("GITHUB_TOKEN", "ghs_"+args[0])
	return "", nil
}

// hubRequests prints the requests since the last time.
func hubRequests(_ *testscript.TestScript, h *forgetest.Server, _ []string) (string, error) {
	out := ""
	for _, r := range h.Requests() {
		out += fmt.Sprintf("%s %s %d\n", r.Method, r.Path, r.Status)
	}
	h.Reset()
	return out, nil
}

// hubAtMost fails where more was asked since the last time.
func hubAtMost(ts *testscript.TestScript, h *forgetest.Server, args []string) (string, error) {
	reads, writes := 0, 0
	for _, r := range h.Requests() {
		if r.Method == "GET" {
			reads++
		} else {
			writes++
		}
	}
	maxReads, _ := strconv.Atoi(args[0])
	maxWrites, _ := strconv.Atoi(args[1])
	out, _ := hubRequests(ts, h, nil)
	if reads > maxReads || writes > maxWrites {
		return "", fmt.Errorf("%d reads and %d writes, at most %s and %s:\n%s", reads, writes, args[0], args[1], out)
	}
	return "", nil
}
