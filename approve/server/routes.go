package server

// Which path is answered by what.

import (
	"embed"
	"io/fs"
	"net/http"

	"nod/approve/protocol"
)

//go:embed static
var static embed.FS

// router is a ServeMux that remembers its patterns, so that what it answers can be
// compared with what is documented.
type router struct {
	http.ServeMux
	patterns []string
}

// Handle registers h for pattern.
func (m *router) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

// HandleFunc registers h for pattern.
func (m *router) HandleFunc(pattern string, h http.HandlerFunc) { m.Handle(pattern, h) }

func (s *Server) routes() {
	s.mux = &router{}
	s.apiRoutes()
	s.appRoutes()
	s.pageRoutes()
	s.setupRoutes()
	s.factorRoutes()
	s.methodRoutes()
	s.accountRoutes()
	s.loginRoutes()
	s.companyRoutes()
	s.healthRoutes()
	if s.config.Demo {
		s.devRoutes()
	}
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // only for a path that is not valid
	}
	serve := http.StripPrefix("/static/", http.FileServerFS(files))
	s.mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		serve.ServeHTTP(w, r)
	})
}

func (s *Server) apiRoutes() {
	s.mux.Handle("GET "+protocol.PathMeta, s.api(http.StatusOK, s.meta))
	s.mux.Handle("POST "+protocol.PathEmailStart, s.api(http.StatusOK, s.emailStart))
	s.mux.Handle("POST "+protocol.PathEmailConfirm, s.api(http.StatusOK, s.emailConfirm))
	s.mux.Handle("POST "+protocol.PathPair, s.api(http.StatusAccepted, s.pair))
	s.mux.Handle("GET "+protocol.PathDevice, s.api(http.StatusOK, s.deviceInfo))
	s.mux.Handle("PATCH "+protocol.PathDevice, s.api(http.StatusOK, s.renameDevice))
	s.mux.Handle("DELETE "+protocol.PathDevice, s.api(http.StatusOK, s.unpair))
	s.mux.Handle("GET "+protocol.PathRequests, s.api(http.StatusOK, s.requests))
	s.mux.Handle("POST "+protocol.PathRequests+"/{id}/answer", s.api(http.StatusOK, s.answer))
	s.mux.Handle("POST "+protocol.PathPause, s.api(http.StatusOK, s.pauseRequests))
	s.mux.Handle("GET "+protocol.PathActivity, s.api(http.StatusOK, s.activity))
	s.mux.Handle("/v1/", s.api(http.StatusOK, func(*http.Request, []byte) (any, error) {
		return nil, refuse(http.StatusNotFound, protocol.CodeNotFound, "there is no such call")
	}))
}

// open, signedIn and the like serve a page to those who may see it.
func (s *Server) open(pattern string, h pageHandler) { s.mux.Handle(pattern, s.page(h)) }

func (s *Server) signedIn(pattern string, h pageHandler) { s.open(pattern, s.needSession(h)) }

func (s *Server) pageRoutes() {
	s.open("GET /{$}", s.homePage)
	s.open("POST /logout", s.signOut)
	s.open("/", s.missingPage)

	s.signedIn("GET /account/security", s.securityPage)
	s.signedIn("POST /account/security", s.saveTwoStep)
	s.signedIn("GET /account/confirm", s.passwordPage)
	s.signedIn("POST /account/confirm", s.confirmPassword)
	s.signedIn("GET /account/security/device/new", s.newDevicePage)
	s.signedIn("POST /account/security/device/new", s.newDevice)
	s.signedIn("POST /account/security/device/code", s.newCode)
	s.signedIn("POST /account/security/device/confirm", s.answerDevice)
	s.signedIn("GET /account/security/device/qr.png", s.qrImage)
	s.signedIn("GET /account/security/device/{id}/remove", s.removePage)
	s.signedIn("POST /account/security/device/{id}/remove", s.removeNow)
}
