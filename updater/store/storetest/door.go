package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A Door stands before a server. While it is open, what is sent to its address
// goes on to the server, and back; while it is shut, the server is gone.
type Door struct {
	Address string
	server  string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool // both sides of each connection
}

// NewDoor opens a door before the server of that address. It is shut after the test.
func NewDoor(t testing.TB, server string) *Door {
	t.Helper()
	d := &Door{Address: "127.0.0.1:0", server: server, open: map[net.Conn]bool{}}
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Shut)
	return d
}

// Open opens a door that was shut, at the address that it had.
func (d *Door) Open() error {
	l, err := net.Listen("tcp", d.Address)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listener, d.Address = l, l.Addr().String()
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return // it was shut
			}
			go d.pass(l, from)
		}
	}()
	return nil
}

// Shut ends all connections, and takes no others.
func (d *Door) Shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener == nil {
		return
	}
	_ = d.listener.Close() // what is open of it is closed below
	d.listener = nil
	for c := range d.open {
		_ = c.Close()
	}
	clear(d.open)
}

// pass connects one caller with the server.
func (d *Door) pass(l net.Listener, from net.Conn) {
	to, err := net.Dial("tcp", d.server)
	if err != nil {
		_ = from.Close()
		return
	}
	d.mu.Lock()
	if d.listener != l { // it was shut meanwhile
		d.mu.Unlock()
		_, _ = from.Close(), to.Close()
		return
	}
	d.open[from], d.open[to] = true, true
	d.mu.Unlock()
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(way[1], way[0])
			_, _ = from.Close(), to.Close()
			d.mu.Lock()
			defer d.mu.Unlock()
			delete(d.open, way[0])
		}()
	}
}
