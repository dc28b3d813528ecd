package cli_test

// This file: the script command that lets the demo server fail for a while.

import (
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// outage stands before a server, and answers 503 in its place while it is on.
type outage struct {
	web     *httptest.Server
	handler http.Handler

	mu sync.Mutex
	on bool
}

func (o *outage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	on := o.on
	o.mu.Unlock()
	if on {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	o.handler.ServeHTTP(w, r)
}

// set begins or ends the outage; polls that wait are cut off when it begins.
func (o *outage) set(on bool) {
	o.mu.Lock()
	o.on = on
	o.mu.Unlock()
	if on {
		o.web.CloseClientConnections()
	}
}

// cmdOutage lets the server of cmdPaired fail, or work again.
func cmdOutage(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1 && (args[0] == "begin" || args[0] == "end"), "outage begin | outage end")
	ts.Value(siteKey{}).(*sites).outage.set(args[0] == "begin")
}
