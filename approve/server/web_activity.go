package server

// Account settings: what has happened lately, as a page and as a file, and "This
// wasn't me".

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	activityShown = 100  // lines on the page
	activityMost  = 5000 // lines in the file

	auditActivityReported = "activity.reported"
	eventActivityReported = "activity"
)

// activityKinds are the filters of the page.
var activityKinds = []struct{ Kind, Name string }{
	{"", "All"}, {kindSignIn, "Sign-ins"}, {kindAnswer, "Answers"}, {kindChange, "Changes"},
}

// activityResults says in words how sign-ins and answers ended.
var activityResults = map[string]string{
	kindSignIn + " signed_in":         "Signed in",
	kindSignIn + " setup":             "Password right, second factor to be set up",
	kindSignIn + " wrong_password":    "Wrong password",
	kindSignIn + " wrong_code":        "Wrong code",
	kindSignIn + " expired":           "No device answered",
	kindSignIn + " cancelled":         "Cancelled",
	kindAnswer + " accepted":          "Accepted",
	kindAnswer + " denied":            "Denied",
	kindAnswer + " reported":          "Reported: not me",
	kindAnswer + " ignored":           "Ignored",
	kindAnswer + " " + store.Mismatch: "Wrong number",
}

// happened is a line as the page shows it.
type happened struct {
	ID                                    int64
	At, What, Result, How, App, IP, Place string
	Browser                               string
}

// activities is what the page shows.
type activities struct {
	Kind  string
	Kinds []struct{ Kind, Name string }
	Lines []happened
	More  bool // than the page shows
	Ended bool // something was reported
}

// describe puts a line into words.
func describe(u store.User, p profile, a store.Activity) happened {
	h := happened{ID: a.ID, At: dateFor(u, a.At), How: a.Device, App: p.App, IP: known(a.IP), Place: "unknown"}
	for _, k := range activityKinds {
		if k.Kind == a.Kind {
			h.What = strings.TrimSuffix(k.Name, "s")
		}
	}
	h.Result = cmp.Or(activityResults[a.Kind+" "+a.Result], upperFirst(a.Result))
	h.Browser = known(a.Browser)
	if a.OS != "" {
		h.Browser += " on " + a.OS
	}
	return h
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// activityOf reads the lines that r asks for.
func (s *Server) activityOf(r *http.Request, v *visitor, limit int) (kind string, lines []store.Activity, err error) {
	for _, k := range activityKinds {
		if k.Kind == r.URL.Query().Get("kind") {
			kind = k.Kind
		}
	}
	err = s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		lines, err = tx.Activities(v.user.ID, v.site.Name, kind, limit)
		return err
	})
	return kind, lines, err
}

func (s *Server) activityPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	kind, lines, err := s.activityOf(r, v, activityShown+1)
	if err != nil {
		return err
	}
	body := activities{Kind: kind, Kinds: activityKinds, More: len(lines) > activityShown, Ended: r.URL.Query().Get("done") == "reported"}
	for _, a := range lines[:min(len(lines), activityShown)] {
		body.Lines = append(body.Lines, describe(v.user, v.site, a))
	}
	return s.show(w, v, view{Page: "activity", Title: "Recent activity", Side: "activity", Notice: notice(r, v.site), Body: body})
}

// activityFile is the same as a file for spreadsheets.
func (s *Server) activityFile(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, lines, err := s.activityOf(r, v, activityMost)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="activity.csv"`)
	out := csv.NewWriter(w)
	out.Write([]string{"time", "what", "result", "how", "app", "ip", "place", "browser"})
	for _, a := range lines {
		h := describe(v.user, v.site, a)
		row := []string{fromMillis(a.At).Format(time.RFC3339), h.What, h.Result, h.How, h.App, h.IP, h.Place, h.Browser}
		for i := range row {
			row[i] = plainCell(row[i])
		}
		out.Write(row)
	}
	out.Flush()
	return nil // an error here is a browser that has gone
}

// plainCell keeps a spreadsheet from taking a text for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// reportActivity is "This wasn't me": the administrators are told, and every
// other browser is signed out.
func (s *Server) reportActivity(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return refuse(http.StatusNotFound, "", "There is no such entry.")
	}
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		a, err := tx.Activity(v.user.ID, id)
		if errors.Is(err, store.ErrNone) {
			return refuse(http.StatusNotFound, "", "There is no such entry.")
		}
		if err != nil {
			return err
		}
		return errors.Join(s.endOthers(tx, v), s.tellOfActivity(tx, v, a))
	})
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/account/activity?done=reported")
}

// tellOfActivity audits and mails a report, once a day for one line.
func (s *Server) tellOfActivity(tx *store.Tx, v *visitor, a store.Activity) error {
	now, subject := s.millis(), fmt.Sprintf("%s|%d", v.user.ID, a.ID)
	n, _, err := tx.Events(eventActivityReported, subject, now-(24*time.Hour).Milliseconds())
	if err != nil || n > 0 {
		return err
	}
	p, _ := profileNamed(a.Profile)
	h := describe(store.User{}, p, a)
	seq, err := s.audit(tx, auditActivityReported, v.user.Email, v.user.Email, v.ip, fmt.Sprintf("%s: %s from %s at %s", a.Profile, h.Result, h.IP, h.At))
	if err != nil {
		return err
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	body := fmt.Sprintf("%s says about their account: this was not me.\n%s: %s from %s with %s at %s.\nEvery other browser was signed out. Whoever did this may know the password: change it.",
		v.user.Email, h.App, h.Result, h.IP, h.Browser, h.At)
	told := map[string]bool{}
	for _, u := range append([]store.User{v.user}, admins...) {
		if told[u.Email] {
			continue
		}
		told[u.Email] = true
		if err := s.mail(tx, u.Email, fmt.Sprintf("Activity reported, A-%04d", seq), body); err != nil {
			return err
		}
	}
	return errors.Join(tx.AddEvent(eventActivityReported, subject, now), s.note(tx, v.user.ID, v.site, v.visit, kindChange, "reported: "+h.Result+" at "+h.At, ""))
}
