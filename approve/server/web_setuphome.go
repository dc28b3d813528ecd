package server

// Where people choose what to set up, and who is let in there.

import (
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// needForced lets those through who must set up first. Who is signed in has no
// business at /setup.
func (s *Server) needForced(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if v.session != nil && v.session.Limited {
			return h(w, r, v)
		}
		return s.needSession(func(w http.ResponseWriter, r *http.Request, v *visitor) error {
			return seeOther(w, r, "/account/security")
		})(w, r, v)
	}
}

// astray tells whether path is closed to v, who must set up first (M18). Signing
// in anew stays open, as do the demo's outbox and clock.
func (v *visitor) astray(path string) bool {
	if v.session == nil || !v.session.Limited || path == "/setup" || path == "/logout" {
		return false
	}
	return !strings.HasPrefix(path, "/setup/") && !strings.HasPrefix(path, "/dev/") && !strings.HasSuffix(path, "/login")
}

// card is a method to choose.
type card struct {
	Kind, Name, Text, Path string
	Option                 string // its name in a list of kinds (T7)
}

// cards are the methods that may be set up.
func (s *Server) cards(v *visitor) (all []card, err error) {
	err = s.store.View(noContext, func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		for _, kind := range policy.Methods {
			c := card{Kind: kind, Name: kindName(kind), Option: kindName(kind), Path: v.setupPath(kind)}
			switch kind {
			case methodCompanion:
				c.Text, c.Path = "nod asks you when someone signs in, and you accept or refuse.", v.devicePath()
			case methodTOTP:
				c.Name, c.Text = cardName(kind), "A code that nod or another app shows, with no network."
			case methodSMS:
				c.Text = "A code by text message to your mobile telephone."
			case methodEmail:
				c.Text = "A code to " + maskEmail(v.user.Email) + "."
			}
			all = append(all, c)
		}
		return err
	})
	return all, err
}

// choosing is what the page with the cards shows.
type choosing struct {
	Forced bool
	Cards  []card
	Way    string // where "Account settings" leads: the only method, or the cards
	Leave  string // where one goes who gives up
}

// setupHome is where people land who can not go on without a second factor.
func (s *Server) setupHome(w http.ResponseWriter, r *http.Request, v *visitor) error {
	all, err := s.cards(v)
	if err != nil {
		return err
	}
	if len(all) == 1 && v.site.Setting == "none" {
		return seeOther(w, r, all[0].Path)
	}
	body := choosing{Forced: true, Cards: all, Way: "/setup/choose"}
	if len(all) == 1 {
		body.Way = all[0].Path
	}
	return s.show(w, v, view{Page: "setup", Title: "Set up " + lowerFirst(v.site.Words.TwoStep), Body: body})
}

func (s *Server) cardsPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if !v.session.Limited && !s.fresh(v) {
		return s.askPassword(w, r, doSetup, "choose")
	}
	all, err := s.cards(v)
	if err != nil {
		return err
	}
	page := view{Page: "setup", Title: "Choose a method", Body: choosing{Cards: all, Leave: v.securityPath()}}
	if !v.session.Limited {
		page.Side = "security"
	}
	return s.show(w, v, page)
}

// lowerFirst is text in the middle of a sentence; words in capitals stay.
func lowerFirst(text string) string {
	if text == strings.ToUpper(text) {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
