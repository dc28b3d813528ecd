package server

// What the server counts, for Prometheus. Labels are sites, routes and the like:
// never anything of a person.

import (
	"context"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// metrics are the counters of one server. Counts are of this process and begin
// at 0 with it; what waits is read from the store when someone asks.
type metrics struct {
	page http.Handler

	logins    *prometheus.CounterVec   // site, end
	answers   *prometheus.CounterVec   // act
	codes     *prometheus.CounterVec   // kind
	passwords prometheus.Counter       // wrong ones
	polls     prometheus.Gauge         // open
	times     *prometheus.HistogramVec // route, status
}

func newMetrics(s *Server) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "nod", Name: name, Help: help}, labels)
	}
	m := &metrics{
		logins:    counter("logins_total", "Sign-ins by site and by how they ended.", "site", "end"),
		answers:   counter("answers_total", "Answers of devices to requests.", "act"),
		codes:     counter("codes_wrong_total", "Wrong codes by kind.", "kind"),
		passwords: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "nod", Name: "passwords_wrong_total", Help: "Wrong passwords."}),
		polls:     prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "nod", Name: "long_polls_open", Help: "Devices, pages and apps that wait for news."}),
		times: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "nod", Name: "http_request_seconds", Help: "Time to answer, by route and class of status.",
			Buckets: []float64{.005, .02, .1, .5, 2.5, 10, 30},
		}, []string{"route", "status"}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.logins, m.answers, m.codes, m.passwords, m.polls, m.times, &stored{s},
	)
	for _, p := range profiles { // so that a rate is known from the first one on
		m.logins.WithLabelValues(p.Name, endSignedIn)
	}
	m.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

const endSignedIn = "signed_in"

// audited counts what the audit log gets: the log and the metrics tell the same.
// An entry whose transaction is taken back afterwards stays counted.
func (m *metrics) audited(kind, detail string) {
	first, _, _ := strings.Cut(detail, " ")
	switch kind {
	case auditSignedIn:
		m.logins.WithLabelValues(siteLabel(first), endSignedIn).Inc()
	case auditRequestAnswered:
		m.answers.WithLabelValues(detail).Inc() // one of the states of a request
	case auditRequestIgnored:
		m.answers.WithLabelValues("ignored").Inc()
	case auditPasswordWrong:
		m.passwords.Inc()
	case auditCodeWrong:
		m.codes.WithLabelValues(kindLabel(detail)).Inc()
	}
}

// ended counts a request that has ended without a sign-in.
func (m *metrics) ended(site, state string) {
	if state != store.Accepted {
		m.logins.WithLabelValues(siteLabel(site), state).Inc()
	}
}

// siteLabel keeps all but the names of sites out of the labels.
func siteLabel(name string) string {
	if _, known := profileNamed(name); known {
		return name
	}
	return "other"
}

// kindLabel is the last word of the detail of a wrong code, if it is a kind.
func kindLabel(detail string) string {
	last := detail[strings.LastIndexByte(detail, ' ')+1:]
	switch last {
	case methodTOTP, methodSMS, methodEmail, methodRecovery, methodCompanion:
		return last
	}
	return "other"
}

// stored reads from the store what waits there. Each process over one store
// tells the same.
type stored struct{ *Server }

var (
	waitingDesc = prometheus.NewDesc("nod_requests_waiting", "Requests that wait for an answer, by site.", []string{"site"}, nil)
	outboxDesc  = prometheus.NewDesc("nod_outbox_messages", "Messages of the last days by state: queued, sent, failed, kept.", []string{"state"}, nil)
)

// Describe is of prometheus.Collector.
func (c *stored) Describe(to chan<- *prometheus.Desc) { to <- waitingDesc; to <- outboxDesc }

// Collect is of prometheus.Collector.
func (c *stored) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	var waiting, outbox []store.Count
	err := c.store.View(ctx, func(tx *store.Tx) (err error) {
		if waiting, err = tx.WaitingCounts(c.millis()); err != nil {
			return err
		}
		outbox, err = tx.OutboxCounts()
		return err
	})
	if err != nil {
		to <- prometheus.NewInvalidMetric(waitingDesc, err)
		return
	}
	gauges := func(desc *prometheus.Desc, all map[string]int) {
		for of, n := range all {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), of)
		}
	}
	sites, states := map[string]int{}, map[string]int{store.MailQueued: 0, store.MailSent: 0, store.MailFailed: 0, store.MailKept: 0}
	for _, p := range profiles {
		sites[p.Name] = 0
	}
	for _, w := range waiting {
		sites[siteLabel(w.Of)] += w.N
	}
	for _, o := range outbox {
		states[o.Of] = o.N
	}
	gauges(waitingDesc, sites)
	gauges(outboxDesc, states)
}

// metricsPage shows the metrics to this machine and to those that the
// configuration names.
func (s *Server) metricsPage(w http.ResponseWriter, r *http.Request) {
	asks := remoteAddress(r)
	hidden := forwarded(r) // by a proxy that nobody has named: the address is not the asker's
	if hidden || (!asks.IsLoopback() && !holds(s.config.MetricsFrom, asks)) {
		say(w, http.StatusForbidden, "metrics are for this machine and the addresses in metrics_from")
		return
	}
	s.metrics.page.ServeHTTP(w, r)
}

// waits tells whether r is a call that may stay open for news.
func waits(r *http.Request) bool {
	path := r.URL.Path
	return path == "/login/events" || ((path == protocol.PathRequests || strings.HasPrefix(path, "/v1/auth/")) && r.Method == http.MethodGet && r.URL.Query().Has("wait"))
}
