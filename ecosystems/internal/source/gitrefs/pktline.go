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

// A packet is one pkt-line: what stands in it, without the newline at its end.
type packet struct {
	kind packetKind
	text []byte // valid until the next one is read
}

// maxPacket is the size of the largest pkt-line, its own four digits included
// (gitprotocol-common, "pkt-line Format").
const maxPacket = 65520

// A packets reader takes a stream of pkt-lines apart.
type packets struct {
	r   io.Reader
	buf [maxPacket]byte
}

// next returns the next packet. It returns io.EOF where the stream ends between
// two packets, io.ErrUnexpectedEOF inside of one, and a *RemoteError for an ERR packet.
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
		return packet{}, io.ErrUnexpectedEOF // also where nothing of the text came
	}
	if said, ok := bytes.CutPrefix(text, []byte("ERR ")); ok {
		return packet{}, &RemoteError{Text: oneLine(string(said))}
	}
	return packet{text: text}, nil
}

// line returns the next packet without its newline.
func (p *packets) line() (packet, error) {
	next, err := p.next()
	next.text = bytes.TrimSuffix(next.text, []byte("\n"))
	return next, err
}

// A RemoteError is what the server says went wrong, in one line of printable text.
type RemoteError struct{ Text string }

// Error quotes the server.
func (e *RemoteError) Error() string { return "the git server says: " + e.Text }

// errEnd is for a stream that ends before its flush packet.
var errEnd = errors.New("the answer of git ends early")

// appendPacket appends a pkt-line with that text.
func appendPacket(b []byte, text string) []byte {
	return fmt.Appendf(b, "%04x%s", len(text)+4, text)
}

// sideband reads the first band of a stream of packets that are in bands
// (gitprotocol-pack, "Packfile Data"): 1 is data, 2 progress, 3 an error.
type sideband struct {
	p    *packets
	left []byte
}

// Read reads what stands in band 1, up to the flush packet.
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
			return 0, &RemoteError{Text: oneLine(string(next.text[1:]))}
		default:
			return 0, fmt.Errorf("git has no band %d", next.text[0])
		}
	}
	n := copy(b, s.left)
	s.left = s.left[n:]
	return n, nil
}
