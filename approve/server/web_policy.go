package server

// /company: what holds at a site (M14 to M17).

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"nod/approve/server/store"
)

// auditPolicyNotified says that people were told of a policy.
const auditPolicyNotified = "policy.notified"

// eventNotify marks a site whose people may now be told, once.
const eventNotify = "notify"

const firstOwn = "Turn on two-factor authentication for your own account first."

// company is what the page shows.
type company struct {
	Sites  []option
	At     profile
	Own    bool // the session's site: only there it can be changed
	First  bool // two-factor authentication has to be turned on first (M14)
	Fields []field
}

func (s *Server) policyPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p := v.site
	if name := r.URL.Query().Get("site"); name != "" {
		var known bool
		if p, known = profileNamed(name); !known {
			return refuse(http.StatusNotFound, "", "There is no such site.")
		}
	}
	var policy Policy
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		policy, err = s.policy(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	return s.showPolicy(w, r, v, http.StatusOK, p, "", policyFields(policyForm(policy, placeOf(v.user)), p, placeOf(v.user)))
}

func (s *Server) showPolicy(w http.ResponseWriter, r *http.Request, v *visitor, status int, p profile, problem string, fields []field) error {
	body := company{At: p, Own: p.Name == v.site.Name, First: !v.two.On, Fields: fields}
	for _, each := range profiles {
		body.Sites = append(body.Sites, option{each.Name, each.Site, each.Name == p.Name})
	}
	s.render(w, status, v, view{
		Page: "company", Title: "Company settings", Company: "policy", Error: problem, Notice: companyNotices[r.URL.Query().Get("done")], Body: body,
	})
	return nil
}

// savePolicy is the button OK.
func (s *Server) savePolicy(w http.ResponseWriter, r *http.Request, v *visitor) error {
	policy, found := readPolicy(r.PostForm, placeOf(v.user))
	ask, first := false, false
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		two, err := tx.TwoStep(v.user.ID, v.site.Name)
		if first = !two.On; err != nil || first || len(found) > 0 {
			return err
		}
		ask, err = s.changePolicy(tx, v.site, policy, v.doer())
		return err
	})
	fields := func() []field { return withProblems(policyFields(r.PostForm, v.site, placeOf(v.user)), found) }
	switch {
	case err != nil:
		return err
	case first:
		return s.showPolicy(w, r, v, http.StatusConflict, v.site, firstOwn, fields())
	case len(found) > 0:
		return s.showPolicy(w, r, v, http.StatusUnprocessableEntity, v.site, "Nothing was changed yet.", fields())
	case ask:
		return seeOther(w, r, "/company/notify")
	}
	return seeOther(w, r, "/company?done=saved")
}

// changePolicy sets the policy of p. ask tells that it now requires a second
// factor which some do not have: they may be told (M17).
func (s *Server) changePolicy(tx *store.Tx, p profile, policy Policy, by doer) (ask bool, err error) {
	before, err := s.policy(tx, p)
	if err != nil {
		return false, err
	}
	if err := s.setPolicy(tx, p, policy, by.Name, by.IP); err != nil {
		return false, err
	}
	if !policy.Required || before.Required {
		return false, nil
	}
	without, err := s.peopleWithout(tx, p)
	if err != nil || len(without) == 0 {
		return false, err
	}
	return true, errors.Join(tx.DropEvents(eventNotify, p.Name), tx.AddEvent(eventNotify, p.Name, s.millis()))
}

// peopleWithout returns the people with an open account who have no second
// factor at p.
func (s *Server) peopleWithout(tx *store.Tx, p profile) ([]store.User, error) {
	users, err1 := tx.Users()
	twos, err2 := tx.TwoSteps(p.Name)
	has := map[string]bool{}
	for _, two := range twos {
		has[two.UserID] = two.On
	}
	return slices.DeleteFunc(users, func(u store.User) bool { return u.ClosedAt != 0 || has[u.ID] }), errors.Join(err1, err2)
}

// notifiable returns the people to be told, nil when that is done or was never
// to be done.
func (s *Server) notifiable(tx *store.Tx, p profile) (people []store.User, policy Policy, err error) {
	if policy, err = s.policy(tx, p); err != nil {
		return nil, policy, err
	}
	marked, _, err := tx.Events(eventNotify, p.Name, 0)
	if err != nil || marked == 0 || !policy.Required {
		return nil, policy, err
	}
	people, err = s.peopleWithout(tx, p)
	return people, policy, err
}

func (s *Server) notifyPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var people []store.User
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		people, _, err = s.notifiable(tx, v.site)
		return err
	})
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return seeOther(w, r, "/company?done=saved")
	}
	title := fmt.Sprintf("Send a notification e-mail to the %d users who have not enabled it?", len(people))
	if len(people) == 1 {
		title = "Send a notification e-mail to the 1 user who has not enabled it?"
	}
	return s.show(w, v, view{Page: "notify", Title: title, Company: "policy", Body: people})
}

// sendNotice sends the mails, or does not. Either way it is asked once.
func (s *Server) sendNotice(w http.ResponseWriter, r *http.Request, v *visitor) error {
	done := "unsent"
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		people, policy, err := s.notifiable(tx, v.site)
		if err = errors.Join(err, tx.DropEvents(eventNotify, v.site.Name)); err != nil || len(people) == 0 || r.PostForm.Get("send") != "yes" {
			return err
		}
		done = "sent"
		for _, u := range people {
			if err := s.mail(tx, u.Email, "Two-factor authentication is required at "+v.site.App, s.notice(u, v.site, policy)); err != nil {
				return err
			}
		}
		_, err = s.audit(tx, auditPolicyNotified, v.user.Email, v.site.Name, v.ip, fmt.Sprintf("%d told", len(people)))
		return err
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, "/company?done="+done)
}

// notice is the mail to one who has no second factor.
func (s *Server) notice(u store.User, p profile, policy Policy) string {
	from := ""
	if !policy.inForce(s.now()) {
		from = " from " + policy.RequiredFrom.In(placeOf(u)).Format("2 January 2006 15:04 MST") + " on"
	}
	return strings.Join([]string{
		fmt.Sprintf("Your company requires two-factor authentication at %s%s.", p.App, from),
		fmt.Sprintf("Sign in at %s/app/%s/login and set it up; it takes a minute.", s.config.Origin, p.Name),
		policy.SupportText,
	}, "\n")
}
