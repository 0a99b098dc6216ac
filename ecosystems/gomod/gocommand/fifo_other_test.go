//go:build !unix

package gocommand

import "errors"

func mkfifo(string) error { return errors.New("there are no named pipes here") }
