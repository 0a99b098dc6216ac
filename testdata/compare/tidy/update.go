package main

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// update has freshpin write what it would propose into the go.mod at the root.
// What it holds or cannot look up it says line by line.
func (p *project) update(freshpin, cache string) error {
	cmd := exec.Command(freshpin, "update", "--quiet", "--allow", "minor", "--ecosystem", "gomod", "--file", "go.mod", "--cache-dir", cache, p.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	_, err := cmd.Output()
	p.took = time.Since(start)
	for line := range strings.Lines(stderr.String()) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "freshpin: held "):
			p.held++
		case strings.HasPrefix(line, "freshpin: failed "):
			p.failed++
		}
		p.notes = append(p.notes, p.name+": "+strings.TrimPrefix(line, "freshpin: "))
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // something could not be looked up or made; the notes say what
		return nil
	}
	return err
}
