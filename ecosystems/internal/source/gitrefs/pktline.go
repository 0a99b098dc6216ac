package gitrefs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The special packets of version 2 of the protocol (gitprotocol-v2, "Packet-Line Framing").
type packetKind int

const (
	payload     packetKind = iota
	flush                  // 0000: the message ends
	delimiter              // 0001: the next section begins
	responseEnd            // 0002: the answer ends
)

// A packet is one pkt-line.
type packet struct {
	kind packetKind
	text []byte // valid until the next packet is read
}

// maxPacket is the size of the largest pkt-line in bytes, including the four digits of the length
// (gitprotocol-common, "pkt-line Format").
const maxPacket = 65520

// A packets splits a stream into pkt-lines. The scanner of go-git 5 is not used, because
// it does not know the delimiters of version 2.
type packets struct {
	r   io.Reader
	buf [maxPacket]byte
}

// next returns the next packet. It returns io.EOF if the stream ends between two
// packets, io.ErrUnexpectedEOF if it ends inside one, and a *remoteError for an ERR packet.
func (p *packets) next() (packet, error) {
	head := p.buf[:4]
	if _, err := io.ReadFull(p.r, head); err != nil {
		return packet{}, err
	}
	size, err := strconv.ParseUint(string(head), 16, 16)
	switch {
	case err != nil:
		return packet{}, fmt.Errorf("not a packet of git: it begins with %q", head)
	case size < 3:
		return packet{kind: [...]packetKind{flush, delimiter, responseEnd}[size]}, nil
	case size < 4, size > maxPacket:
		return packet{}, fmt.Errorf("a packet of git cannot have %d bytes", size)
	}
	text := p.buf[4:size]
	if _, err := io.ReadFull(p.r, text); err != nil {
		return packet{}, io.ErrUnexpectedEOF // ReadFull returns io.EOF if no byte of the text has arrived
	}
	if said, ok := bytes.CutPrefix(text, []byte("ERR ")); ok {
		return packet{}, &remoteError{Text: oneLine(string(said))}
	}
	return packet{text: text}, nil
}

// line returns the next packet without the newline at its end.
func (p *packets) line() (packet, error) {
	next, err := p.next()
	next.text = bytes.TrimSuffix(next.text, []byte("\n"))
	return next, err
}

// A remoteError is an error that the server reports, in one line of printable text.
type remoteError struct{ Text string }

// Error returns the text of the server with its source.
func (e *remoteError) Error() string { return "the git server says: " + e.Text }

// errEnd means that a stream ended before its flush packet.
var errEnd = errors.New("the answer of git ends early")

// appendPacket appends a pkt-line that contains text.
func appendPacket(b []byte, text string) []byte {
	return fmt.Appendf(b, "%04x%s", len(text)+4, text)
}

// sideband reads the data of a multiplexed stream (gitprotocol-pack, "Packfile
// Data"): band 1 is data, 2 progress, 3 an error.
type sideband struct {
	p    *packets
	left []byte
}

// Read reads from band 1 up to the flush packet.
func (s *sideband) Read(b []byte) (int, error) {
	for len(s.left) == 0 {
		next, err := s.p.next()
		switch {
		case errors.Is(err, io.EOF):
			return 0, errEnd
		case err != nil:
			return 0, err
		case next.kind != payload:
			return 0, io.EOF
		case len(next.text) == 0:
			return 0, errors.New("a packet of git is in no band")
		}
		switch next.text[0] {
		case 1:
			s.left = next.text[1:]
		case 2:
		case 3:
			return 0, &remoteError{Text: oneLine(string(next.text[1:]))}
		default:
			return 0, fmt.Errorf("git has no band %d", next.text[0])
		}
	}
	n := copy(b, s.left)
	s.left = s.left[n:]
	return n, nil
}
