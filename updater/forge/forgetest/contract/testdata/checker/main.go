// Command checker checks exchanges with a simulated GitHub against GitHub's own
// descriptions of its REST API and of GraphQL; see packages contract and exchange. It
// is a module of its own, so that its libraries stay out of the product's go.mod.
//
// Its arguments are the files of both descriptions. amend.go corrects known errors of
// the one of the REST API.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "checker:", err)
		os.Exit(1)
	}
}

// run answers exchanges until the input ends.
func run(files []string, in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	d, err := read(files)
	if err != nil {
		return errors.Join(answers.Encode(exchange.Hello{Error: err.Error()}), err)
	}
	if err := answers.Encode(exchange.Hello{Operations: d.operations}); err != nil {
		return err
	}
	for exchanges := json.NewDecoder(in); ; {
		var x exchange.Exchange
		switch err := exchanges.Decode(&x); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := answers.Encode(d.check(x)); err != nil {
			return err
		}
	}
}

func read(files []string) (*description, error) {
	if len(files) != 2 {
		return nil, fmt.Errorf("%d arguments instead of the files of two descriptions", len(files))
	}
	rest, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	schema, err := os.ReadFile(files[1])
	if err != nil {
		return nil, err
	}
	d, err := parse(rest, operations)
	if err == nil {
		d.schema = schemaOf(string(schema))
	}
	return d, err
}
