package server

// What the company's pages share: only administrators, with a password that was
// typed a short while ago, and the fields of forms.

import (
	"net/http"
	"slices"
	"strings"

	"nod/approve/server/store"
)

func (s *Server) companyRoutes() {
	page := func(pattern string, h pageHandler) { s.signedIn(pattern, s.admin(h)) }
	page("GET /company", s.policyPage)
	page("POST /company", s.savePolicy)
	page("GET /company/notify", s.notifyPage)
	page("POST /company/notify", s.sendNotice)

	page("GET /company/users", s.peoplePage)
	page("POST /company/users", s.invitePerson)
	page("GET /company/users/{id}", s.personPage)
	for name, do := range personActions {
		page("POST /company/users/{id}/"+name, s.changePerson(do))
	}

	page("GET /company/audit", s.auditPage)
	page("GET /company/audit.ndjson", s.exportAudit)
	page("POST /company/audit/verify", s.verifyPage)

	page("GET /company/apps", s.appsPage)
	page("POST /company/apps", s.addApp)
	page("POST /company/apps/{id}/rotate", s.rotateSecret)
	page("POST /company/apps/{id}/close", s.closeAppPage)

	s.open("GET /invite/{token}", s.linkPage)
	s.open("POST /invite/{token}", s.useLink)
	s.adminRoutes()
}

// admin refuses others, and asks administrators for a fresh password.
func (s *Server) admin(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		switch {
		case !v.user.Admin:
			return refuse(http.StatusForbidden, "", "This page is for administrators.")
		case s.fresh(v):
			return h(w, r, v)
		case r.Method != http.MethodPost:
			return s.askPassword(w, r, doCompany, r.URL.RequestURI())
		}
		return s.confirmForm(w, r, v, h)
	}
}

// companyPath is the page that the password was asked for: one of the company's.
func companyPath(path string) string {
	rest, found := strings.CutPrefix(path, "/company")
	if !found || (rest != "" && rest[0] != '/' && rest[0] != '?') {
		return "/company"
	}
	return path
}

// held is a form that waits for the password. Its fields come back with it.
type held struct {
	Action string
	Fields [][2]string
}

// confirmForm asks for the password in front of a form that was sent, and does
// what the form says when it comes back with the right one.
func (s *Server) confirmForm(w http.ResponseWriter, r *http.Request, v *visitor, h pageHandler) error {
	status, problem := http.StatusForbidden, ""
	if r.PostForm.Has("password") {
		var err error
		if status, problem, err = s.retype(r, v, doCompany); err != nil {
			return err
		}
		if problem == "" {
			now := s.millis()
			v.session.FreshAt = now
			if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return tx.SeeSession(v.hash, now, now) }); err != nil {
				return err
			}
			r.PostForm.Del("password")
			return h(w, r, v)
		}
	}
	body := held{Action: r.URL.RequestURI()}
	for name, values := range r.PostForm {
		for _, value := range values {
			if name != "csrf" && name != "password" {
				body.Fields = append(body.Fields, [2]string{name, value})
			}
		}
	}
	slices.SortStableFunc(body.Fields, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	s.render(w, status, v, view{Page: "company_confirm", Title: "Confirm your password", Company: "none", Error: problem, Body: body})
	return nil
}

// The kinds of fields other than the types of <input>.
const (
	fieldSelect = "select"
	fieldArea   = "area"
	fieldTick   = "tick"
	fieldTicks  = "ticks"
)

// field is one control of a form, with what was typed and what is wrong with it.
type field struct {
	Name, Label, Kind, Value, Hint, Problem string
	Options                                 []option // of a select, and of ticks
	Max                                     int      // characters, 0 for no limit
}

// option is one choice.
type option struct {
	Value, Label string
	Chosen       bool
}

// ID is the field's id in the page.
func (f field) ID() string { return "f-" + strings.ReplaceAll(f.Name, "_", "-") }

// choose makes a select's options of value and label pairs.
func choose(chosen string, pairs ...string) []option {
	var all []option
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, option{pairs[i], pairs[i+1], pairs[i] == chosen})
	}
	return all
}

// withProblems puts what is wrong beside the fields.
func withProblems(fields []field, found problems) []field {
	for i := range fields {
		fields[i].Problem = found[fields[i].Name]
	}
	return fields
}
