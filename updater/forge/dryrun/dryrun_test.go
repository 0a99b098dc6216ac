package dryrun_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/dryrun"
)

// A small forge can do no more than every forge has to.
type small struct{ forge.Forge }

// A talking forge has comments too, and fails the test where one is written.
type talking struct {
	small
	t *testing.T
}

func (t talking) Comments(context.Context, string, time.Time) ([]forge.Comment, error) {
	return []forge.Comment{{ID: 7}}, nil
}
func (t talking) MayWrite(context.Context, string, string) (bool, error) { return true, nil }
func (t talking) Say(context.Context, string, int, string, string) error {
	t.t.Error("a dry run comments")
	return nil
}

// TestNoMoreThanTheHub: a dry run of a forge can do what that can, beside remembering for itself.
func TestNoMoreThanTheHub(t *testing.T) {
	can := forge.AbilitiesOf(dryrun.New(small{}))
	if data, version, err := can.Memory.Recall(t.Context(), "acme/shop"); data != nil || version != "" || err != nil {
		t.Errorf("a forge without memory remembers %q, %q, %v", data, version, err)
	}
	if err := can.Memory.Remember(t.Context(), "acme/shop", []byte("x"), ""); err != nil {
		t.Error(err)
	}
	if data, _, err := can.Memory.Recall(t.Context(), "acme/shop"); string(data) != "x" || err != nil {
		t.Errorf("a dry run remembers %q, %v", data, err)
	}
	can.Memory = nil
	if v := reflect.ValueOf(can); !v.IsZero() {
		t.Errorf("a dry run of a small forge can do more than the forge: %+v", can)
	}
	can = forge.AbilitiesOf(dryrun.New(talking{t: t}))
	if list, err := can.Commenter.Comments(t.Context(), "acme/shop", time.Time{}); err != nil || len(list) != 1 {
		t.Errorf("comments: %v, %v", list, err)
	}
	if err := can.Commenter.Say(t.Context(), "acme/shop", 1, "mark", "text"); err != nil {
		t.Error(err)
	}
}
