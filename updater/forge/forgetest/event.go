package forgetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge/event"
)

var (
	safeName  = lazyregexp.New(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	safeImage = lazyregexp.New(`^[a-z0-9.:\[\]-]+(/[a-z0-9._-]+)+$`)
)

// CheckEvent checks what must be true of each event, whatever was sent: it contains
// nothing unsafe, is the same after it went through the queue, and a database can
// hold it.
func CheckEvent(e event.Event) error {
	errs := []error{travels(e)}
	for _, r := range slices.Concat([]event.Repository{e.Repository}, e.Added, e.Removed) {
		for _, name := range []string{r.Name, r.Was} {
			// The pattern allows dots, so it does not refuse a part that is "..".
			if name != "" && (!safeName.MatchString(name) || strings.Contains(name, "../") || strings.HasSuffix(name, "/..")) {
				errs = append(errs, fmt.Errorf("the name %q", name))
			}
		}
	}
	for _, i := range e.Images {
		if !safeImage.MatchString(i.Name) || i.Tag == "" {
			errs = append(errs, fmt.Errorf("the image %v", i))
		}
	}
	if len(e.Text) > 64<<10 || strings.ContainsAny(e.Branch+e.Actor+e.Account+e.Commit, "\x00\n\r") {
		errs = append(errs, fmt.Errorf("the event %v", e))
	}
	// An empty list would leave the queue as nil, which means that the files are unknown.
	if e.Files != nil && (len(e.Files) == 0 || !slices.IsSorted(e.Files)) {
		errs = append(errs, fmt.Errorf("the files %v", e.Files))
	}
	return errors.Join(errs...)
}

func travels(e event.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	var back event.Event
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(e, back) {
		return fmt.Errorf("%+v comes out of the queue as %+v, %w", e, back, err)
	}
	if strings.Contains(string(data), `\u0000`) || !utf8.Valid(data) {
		return fmt.Errorf("a text column of Postgres does not hold %q", data)
	}
	return nil
}
