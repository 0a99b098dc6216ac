package cli

import (
	"net/http"

	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/service"
)

// pages returns what serves the web pages.
func (w *wiring) pages(*config.Operator) (func(*service.Service) (http.Handler, error), error) {
	return nil, nil
}
