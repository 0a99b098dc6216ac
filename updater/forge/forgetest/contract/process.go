package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

// A process is a program that checks. It ends when its input ends, which is at the
// latest when this process does.
type process struct {
	mu  sync.Mutex // an answer belongs to the exchange before it
	in  *json.Encoder
	out *json.Decoder
}

// Start starts a program that checks, and returns the description of what it checks.
func Start(name string, args ...string) (*Description, error) {
	fail := func(err error) (*Description, error) { return nil, fmt.Errorf("start %s: %w", name, err) }
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return fail(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fail(err)
	}
	if err := cmd.Start(); err != nil {
		return fail(err)
	}
	p := &process{in: json.NewEncoder(in), out: json.NewDecoder(out)}
	var hello exchange.Hello
	if err := p.out.Decode(&hello); err != nil {
		return fail(err)
	}
	if hello.Error != "" {
		return fail(errors.New(hello.Error))
	}
	return New(hello.Operations, p.check), nil
}

func (p *process) check(x exchange.Exchange) (v exchange.Proof, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.in.Encode(x); err != nil {
		return v, err
	}
	err = p.out.Decode(&v)
	return v, err
}
