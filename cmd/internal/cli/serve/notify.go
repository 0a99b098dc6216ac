package serve

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/service/notify"
)

// receivers returns the configured receivers and a sender, which reaches only the
// hosts that the operator named, private ones included.
func receivers(o *config.Operator) ([]notify.Receiver, *http.Client, error) {
	var list []notify.Receiver
	var hosts []string
	for _, n := range o.Notify {
		n, err := n.Resolved()
		if err != nil {
			return nil, nil, &console.UsageError{Err: err}
		}
		at, digest := n.Clock()
		r := notify.Receiver{
			Name: n.Name, Kind: string(n.Kind), URL: n.URL, Secret: n.Secret, Room: n.Room, Events: n.Events, Digest: digest, At: at,
		}
		if o.Timezone != nil {
			if r.Zone, err = time.LoadLocation(string(*o.Timezone)); err != nil {
				return nil, nil, &console.UsageError{Err: err}
			}
		}
		list, hosts = append(list, r), append(hosts, wiring.HostOf(n.URL))
	}
	return list, &http.Client{
		Transport: fetch.Guarded(func(host string) bool { return slices.Contains(hosts, host) }),
		// A message with a secret must reach only the named host, so redirects are not followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// checkReceivers validates the receivers' settings and sends nothing.
func (s *command) checkReceivers(_ context.Context, set *wiring.Settings) (string, error) {
	list, _, err := receivers(set.Operator)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "no receivers are configured; https://github.com/freshpin/freshpin/blob/main/docs/notifications.md shows how", nil
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Name+" ("+r.Kind+")")
	}
	return "receivers: " + strings.Join(names, ", ") + "; nothing was sent", nil
}
