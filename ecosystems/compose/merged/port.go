package merged

import "strings"

// A Port is one published port of a service (Compose specification, "ports").
type Port struct {
	Host      string // the address that it listens on, "127.0.0.1"; "" for all
	Published string // "8080", "8000-8010"; "" if the engine picks one
	Target    string // in the container: "80"
	Open      bool   // the address contains a variable without a value
	At        *Node
}

// ReadPort parses one element of ports, in the short or long form.
func ReadPort(n *Node) Port {
	if n.Kind == Mapping {
		return Port{
			Host: n.Get("host_ip").String(), Published: n.Get("published").String(), Target: n.Get("target").String(),
			Open: n.Get("host_ip").isOpen(), At: n,
		}
	}
	text, _, _ := strings.Cut(n.Text, "/") // without the protocol
	p := Port{At: n, Open: n.Open}
	if strings.HasPrefix(text, "[") { // [::1]:8080:80
		if end := strings.IndexByte(text, ']'); end > 0 {
			p.Host, text = text[1:end], strings.TrimPrefix(text[end+1:], ":")
		}
	}
	parts := strings.Split(text, ":")
	last := len(parts) - 1
	p.Target = parts[last]
	if last > 0 {
		p.Published = parts[last-1]
	}
	if last > 1 { // an IPv6 address may have no brackets
		p.Host = strings.Join(parts[:last-1], ":")
	}
	return p
}

// Everywhere reports whether other machines can reach the port.
func (p Port) Everywhere() bool {
	host := strings.Trim(p.Host, "[]")
	return !p.Open && (host == "" || host == "0.0.0.0" || host == "::" || host == "*")
}
