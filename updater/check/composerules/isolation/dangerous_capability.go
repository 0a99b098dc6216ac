package isolation

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// DangerousCapability is the rule dangerous-capability: a service is given a capability that opens the machine.
var DangerousCapability = judged.PerService(check.Rule{
	ID: "dangerous-capability", Level: check.Could, Mode: check.Default,
	Title:  "a service is given a capability that opens the machine",
	Why:    "With capabilities such as SYS_ADMIN, SYS_MODULE or DAC_READ_SEARCH a container can load code into the kernel, mount its file systems or read any file of the machine.",
	Silent: "NET_ADMIN and SYS_MODULE for images whose purpose is the network (VPN, DNS, firewalls) are information, as is SYS_PTRACE for exporters.",
	Fixes:  "text: says what the capability allows.",
	Source: "https://man7.org/linux/man-pages/man7/capabilities.7.html",
	Also:   []string{"ce76b7d0-9e77-464d-b86f-c5c48e03e22d"},
}, dangerousCapability)

// capabilities are those that endanger the host, with what each allows (capabilities(7)).
var capabilities = map[string]string{
	"ALL": "everything that root may do", "SYS_ADMIN": "mounting, namespaces and most of what root may do", "SYS_MODULE": "loading code into the kernel",
	"SYS_PTRACE": "reading the memory of other processes", "SYS_RAWIO": "access to devices and ports", "SYS_BOOT": "restarting the machine",
	"DAC_READ_SEARCH": "reading any file", "BPF": "code in the kernel", "PERFMON": "watching the kernel", "NET_ADMIN": "changing the network and its firewall",
	"MAC_ADMIN": "changing SELinux and AppArmor", "MAC_OVERRIDE": "overruling SELinux and AppArmor", "SYSLOG": "reading addresses of the kernel", "SYS_TIME": "setting the clock of the machine",
}

// networkers are images whose purpose is the network.
var networkers = lazyregexp.New(`(?i)(?:vpn|wireguard|\bwg\b|wg-|gluetun|tailscale|headscale|firezone|zerotier|netbird|openconnect|strongswan|ipsec|pihole|adguard|dnsmasq|unbound|dhcp|technitium|firewall|fail2ban|crowdsec|warp|cloudflared|tun2socks|v2ray|xray|sing-?box|clash|mihomo|softether|nebula|netmaker|innernet|router|frr|bird|keepalived|home-assistant|homeassistant|k3s|rke2|kind|suricata|zeek|ntopng|hysteria|pritunl|firezone|ocserv|outline|shadowsocks|docker-transmission|toxiproxy|pumba|netshoot|chrony|ntp)`)

// timekeepers are images that have to set the clock.
var timekeepers = lazyregexp.New(`(?i)chrony|ntp`)

func dangerousCapability(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, e := range s.Node.Get("cap_add").Elements() {
		name := capability(e)
		allows, dangerous := capabilities[name]
		if !dangerous {
			continue
		}
		f := judged.At(e, "cap "+name, "%s is given %s: %s", s.Name, name, allows)
		image := judged.ImageName(s.Service)
		switch {
		case name == "NET_ADMIN" && (networkers.MatchString(image) || networkers.MatchString(s.Name) || hasTunnel(s)),
			(name == "SYS_PTRACE" || name == "SYSLOG" || name == "PERFMON" || name == "BPF" || name == "DAC_READ_SEARCH" || name == "SYS_ADMIN") && exporters.MatchString(image),
			name == "SYS_TIME" && timekeepers.MatchString(image),
			name == "SYS_MODULE" && networkers.MatchString(image):
			f.Mode = check.Information
		}
		found = append(found, f)
	}
	return found
}

// capability returns the name of a capability as the kernel's documentation has it, without CAP_.
func capability(e *merged.Node) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(e.String())), "CAP_")
}

// hasTunnel reports whether a service has the tunnel device, as VPNs do.
func hasTunnel(s judged.Service) bool {
	for _, e := range s.Node.Get("devices").Elements() {
		if strings.HasPrefix(e.String(), "/dev/net/tun") || strings.HasPrefix(e.Get("source").String(), "/dev/net/tun") {
			return true
		}
	}
	return false
}
