// Command freshpin-endoflife renews the table of end-of-life dates that comes
// with Freshpin, from an API of the form of endoflife.date's:
//
//	go run ./cmd/freshpin-endoflife --api https://endoflife.date
//
// It writes updater/endoflife/table.json in a stable format, and prints what
// changed. Compare every changed line of git diff with what the project announced.
// Package endoflife describes what is taken over.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/endoflife"
)

// Exit codes.
const (
	exitOK     = 0 // the table is up to date or was written
	exitFailed = 1 // something could not be fetched, read or written; the table is unchanged
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], time.Now(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, now time.Time, out, errs io.Writer) int {
	flags := flag.NewFlagSet("freshpin-endoflife", flag.ContinueOnError)
	flags.SetOutput(errs)
	api := flags.String("api", "", "address of the API, such as https://endoflife.date; its answers are at /api/NAME.json")
	file := flags.String("table", "updater/endoflife/table.json", "the table to renew")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	u, err := url.Parse(*api)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || flags.NArg() > 0 {
		fmt.Fprintln(errs, "freshpin-endoflife: --api needs the http or https address of an API, and there are no other arguments")
		return exitUsage
	}
	if err := renew(ctx, strings.TrimSuffix(*api, "/"), *file, now.UTC(), out); err != nil {
		fmt.Fprintln(errs, "freshpin-endoflife:", err)
		return exitFailed
	}
	return exitOK
}

// renew reads the table, fetches every product, and writes the table if anything changed.
func renew(ctx context.Context, api, file string, now time.Time, out io.Writer) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	table, err := endoflife.Read(old)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	client := fetch.New(fetch.Options{Limit: 1 << 20})
	defer client.Close()
	get := func(ctx context.Context, name string) ([]byte, error) {
		res, err := client.Get(ctx, fetch.Request{URL: api + "/api/" + name + ".json", Accept: "application/json"})
		if err != nil {
			return nil, err
		}
		return res.Body, nil
	}
	next, changes, err := table.Refresh(ctx, get, api, now)
	if err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Fprintln(out, c)
	}
	fmt.Fprintf(out, "%d changes\n", len(changes))
	if text := next.Format(); !bytes.Equal(text, old) {
		return os.WriteFile(file, text, 0o644)
	}
	return nil
}
