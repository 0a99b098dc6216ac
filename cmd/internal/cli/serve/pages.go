package serve

import (
	"context"
	"net/http"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/telemetry"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
)

// pages returns a function that builds the web pages once the service exists.
func (w *assembly) pages(o *config.Operator) (func(context.Context, *service.Service) (http.Handler, error), error) {
	f := w.set.Forge
	var signIn forge.SignIn
	if f.SignIn != nil {
		var err error
		if signIn, err = f.SignIn(); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, s *service.Service) (http.Handler, error) {
		w.watch(s)
		// The pages need the queue, which exists only with the service.
		return web.New(web.Options{
			Forge: f.Info,
			Data: web.Data{
				Repositories: repositories.New(w.db), Pins: pins.New(w.db), Pulls: pulls.New(w.db), Advisories: advisories.New(w.db),
				History: history.New(w.db), Findings: findings.New(w.db), Sessions: sessions.New(w.db),
			},
			Jobs: s.Queue(), SignIn: signIn, Operators: o.Operators, Tokens: list(o.ReadToken), NoLogin: w.noLogin,
			Want: s.Want, Stopped: s.Stopped, SetStop: s.SetStop, Health: problems(s),
			Base: o.BaseURL, Listen: o.Listen, Version: console.Version, Log: w.log.Logger,
			KindOf: kindOf,
		})
	}, nil
}

// kindOf returns the kind of package in the files of an ecosystem.
func kindOf(ecosystem string) string {
	for _, i := range all.Infos() {
		if i.Name == ecosystem {
			return i.Kinds[0].Word
		}
	}
	return ecosystem
}

func problems(s *service.Service) func(context.Context) []web.Problem {
	return func(ctx context.Context) []web.Problem {
		var list []web.Problem
		for _, p := range s.Problems(ctx) {
			list = append(list, web.Problem{What: p.What, Why: p.Why, Since: p.Since})
		}
		return list
	}
}

// watch registers gauges that query the database and the queue at every scrape.
func (w *assembly) watch(s *service.Service) {
	all := store.Viewer{All: true}
	w.metrics.Watch(telemetry.Gauge{Name: "pins", Help: "Pins by status and by the size of their update.", Labels: []string{"status", "band"}, Ask: numbers(pins.New(w.db).Counts)})
	w.metrics.Watch(telemetry.Gauge{Name: "pull_requests", Help: "Freshpin's pull requests by state.", Labels: []string{"state", "kind"}, Ask: numbers(pulls.New(w.db).Counts)})
	w.metrics.Watch(telemetry.Gauge{Name: "pins_vulnerable", Help: "Pins that an advisory affects.", Ask: func(ctx context.Context) (map[string]float64, error) {
		t, _, err := repositories.New(w.db).Totals(ctx, all)
		return map[string]float64{"": float64(t.Security)}, err
	}})
	w.metrics.Watch(telemetry.Gauge{Name: "freshness_libyears", Help: "How many years all pins are behind in total.", Ask: func(ctx context.Context) (map[string]float64, error) {
		t, _, err := repositories.New(w.db).Totals(ctx, all)
		return map[string]float64{"": t.Libyears}, err
	}})
	w.metrics.Watch(telemetry.Gauge{Name: "repositories", Help: "Repositories by state.", Labels: []string{"state"}, Ask: func(ctx context.Context) (map[string]float64, error) {
		_, states, err := repositories.New(w.db).Totals(ctx, all)
		values := map[string]float64{}
		for state, n := range states {
			values[string(state)] = float64(n)
		}
		return values, err
	}})
	w.metrics.Watch(telemetry.Gauge{Name: "jobs", Help: "Jobs by kind and state.", Labels: []string{"kind", "state"}, Ask: func(ctx context.Context) (map[string]float64, error) {
		counts, err := s.Queue().Counts(ctx)
		values := map[string]float64{}
		for _, c := range counts {
			values[c.Kind+"\x00"+c.State] = float64(c.Jobs)
		}
		return values, err
	}})
	w.metrics.Watch(telemetry.Gauge{Name: "processes", Help: "Processes that share the work.", Ask: func(context.Context) (map[string]float64, error) {
		return map[string]float64{"": float64(s.Processes())}, nil
	}})
}

// numbers adapts a count of the database to the values of a gauge.
func numbers(ask func(context.Context) ([]store.Count, error)) func(context.Context) (map[string]float64, error) {
	return func(ctx context.Context) (map[string]float64, error) {
		counts, err := ask(ctx)
		values := map[string]float64{}
		for _, c := range counts {
			values[c.Value+"\x00"+c.Of] = float64(c.N)
		}
		return values, err
	}
}
