package main

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// TestTry is for hands: it keeps a service open.
func TestTry(t *testing.T) {
	if os.Getenv("TRY") == "" {
		t.Skip()
	}
	f := newFleet(t, t.TempDir()+"/freshpin.db", 12)
	f.env = append(f.env, "FRESHPIN_LISTEN=127.0.0.1:8099")
	f.args = []string{"--insecure-no-login"}
	f.start()
	fmt.Println("open")
	time.Sleep(5 * time.Minute)
}
