package server

// What the buttons of a setup's steps do.

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"nod/approve/server/store"
)

// setupForm takes a step's form.
func (s *Server) setupForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	kind := r.PathValue("kind")
	if sent, err := s.setupGates(w, r, v, kind); sent || err != nil {
		return err
	}
	var now setup
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		now, err = s.openSetup(tx, v.user.ID, v.site, kind)
		return err
	})
	if errors.Is(err, store.ErrNone) {
		return seeOther(w, r, v.setupPath(kind)) // too old: the page makes a new one
	}
	if err != nil {
		return err
	}
	switch r.PostForm.Get("do") {
	case "cancel":
		return s.cancelSetup(w, r, v)
	case "back":
		now.move(v.site, -1)
		return s.goOn(w, r, v, func(tx *store.Tx) error { return s.saveSetup(tx, now) })
	case "send":
		return s.sendSetup(w, r, v, now)
	case "download":
		return downloadCodes(w, v.site, now)
	}
	switch now.Step {
	case stepCode, stepScanCode:
		return s.verifyApp(w, r, v, now)
	case stepNumber:
		return s.takeNumber(w, r, v, now)
	case stepAddress, stepSent:
		return s.verifySent(w, r, v, now)
	case stepRecovery:
		return s.takeRecovery(w, r, v, now)
	}
	return s.goOn(w, r, v, func(tx *store.Tx) error { return s.next(tx, v, &now) })
}

// goOn does what a right form asks for and shows the next step, or where one goes
// when the setup is done.
func (s *Server) goOn(w http.ResponseWriter, r *http.Request, v *visitor, do func(tx *store.Tx) error) error {
	kind, done := r.PathValue("kind"), false
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		_, err := tx.Setup(v.user.ID, v.site.Name)
		if done = errors.Is(err, store.ErrNone); !done {
			return err
		}
		return s.completed(tx, w, v)
	})
	switch {
	case err != nil:
		return err
	case !done:
		return seeOther(w, r, v.setupPath(kind))
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, s.afterSetup(v, kind))
}

// completed turns a limited session into a full one, with a cookie of its own.
func (s *Server) completed(tx *store.Tx, w http.ResponseWriter, v *visitor) error {
	now := s.millis()
	if !v.session.Limited {
		return tx.SetFactorAt(v.hash, now)
	}
	before := v.hash
	s.newCookie(w, v)
	full := *v.session
	full.Hash, full.Limited, full.FactorAt, full.SeenAt = v.hash, false, now, now
	if err := errors.Join(tx.DropSession(before), tx.AddSession(full)); err != nil {
		return err
	}
	if err := tx.SeeUser(v.user.ID, now); err != nil {
		return err
	}
	_, err := s.audit(tx, auditSignedIn, v.user.Email, v.user.Email, v.ip, v.site.Name+" by setting up a second factor")
	return errors.Join(err, s.note(tx, v.user.ID, v.site, v.visit, kindSignIn, "signed_in", "setup"))
}

// afterSetup is where a finished setup leads.
func (s *Server) afterSetup(v *visitor, kind string) string {
	if v.session.Limited {
		return "/app/" + v.site.Name + "?done=setup"
	}
	if kind == setupRecovery {
		return "/account/security?done=recovery"
	}
	if v.site.EmailBackup {
		return "/account/security/done"
	}
	return "/account/security?done=setup"
}

// cancelSetup leaves everything as it was before (M4).
func (s *Server) cancelSetup(w http.ResponseWriter, r *http.Request, v *visitor) error {
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		two, err := tx.TwoStep(v.user.ID, v.site.Name)
		if err != nil {
			return err
		}
		two.Setup = ""
		for _, kind := range []string{methodTOTP, methodSMS, methodEmail} {
			if err := tx.DropSentCodes(setupOwner(v.user.ID, v.site, kind)); err != nil {
				return err
			}
		}
		return errors.Join(tx.SetTwoStep(two), tx.DropSetup(v.user.ID, v.site.Name))
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, v.securityPath())
}

// verifyApp checks the code of a new authenticator app, and its name.
func (s *Server) verifyApp(w http.ResponseWriter, r *http.Request, v *visitor, now setup) error {
	told := settingUp{Name: cleanName(r.PostForm.Get("name"))}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var result codeResult
	var policy Policy
	tries := 0
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if v.site.Named {
			f, err := s.factors(tx, v.user.ID, v.site)
			if err != nil {
				return err
			}
			told.NameError = nameProblem(f, told.Name)
		}
		if policy, err = s.policy(tx, v.site); err != nil {
			return err
		}
		result, tries, err = s.limitCode(tx, v.user, v.site, "setup", v.ip, func() (codeResult, error) {
			step, found, err := s.matchStep(totpKey(now.pending.Secret, v.site, v.user.Email, now.Period, totpDigits), code)
			if err != nil || !found {
				return codeWrong, err
			}
			now.LastStep = step
			return codeRight, nil
		})
		return err
	})
	if err != nil {
		return err
	}
	if result != codeRight {
		told.CodeError = result.problem(policy)
		if result == codeWrong {
			told.Hint = s.clockHint(tries)
		}
	}
	if told.CodeError+told.NameError != "" {
		return s.showSetup(w, v, problemStatus(result), now, told)
	}
	now.Name = told.Name
	return s.goOn(w, r, v, func(tx *store.Tx) error { return s.next(tx, v, &now) })
}

// problemStatus is the HTTP status of a form that comes back.
func problemStatus(result codeResult) int {
	if result == codeLimited || result == codeTooMany {
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// downloadCodes sends the codes as a file, as long as they are shown.
func downloadCodes(w http.ResponseWriter, p profile, now setup) error {
	if len(now.Codes) == 0 {
		return refuse(http.StatusNotFound, "", "Codes are not shown again. Create new ones.")
	}
	word := p.recoveryWord(len(now.Codes))
	name := strings.ReplaceAll(strings.ToLower(word), " ", "-") + ".txt"
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	fmt.Fprintf(w, "%s of %s\n%s\n", word, p.App, strings.Join(now.Codes, "\n"))
	return nil
}

// takeRecovery wants the tick before the codes count (M9).
func (s *Server) takeRecovery(w http.ResponseWriter, r *http.Request, v *visitor, now setup) error {
	if r.PostForm.Get("saved") == "" {
		return s.showSetup(w, v, http.StatusUnprocessableEntity, now, settingUp{TickError: "Tick the box first."})
	}
	return s.goOn(w, r, v, func(tx *store.Tx) error { return s.next(tx, v, &now) })
}

// unfinished is the kind whose setup was left half way, "" for none.
func (s *Server) unfinished(tx *store.Tx, v *visitor) (string, error) {
	if v.two.On {
		return "", nil
	}
	if v.two.Setup == methodCompanion {
		return methodCompanion, nil
	}
	for _, kind := range []string{methodTOTP, methodSMS, methodEmail} {
		now, err := s.openSetup(tx, v.user.ID, v.site, kind)
		if err == nil {
			return now.Kind, nil
		}
		if !errors.Is(err, store.ErrNone) {
			return "", err
		}
	}
	if slices.Contains([]string{methodTOTP, methodSMS, methodEmail}, v.two.Setup) {
		return v.two.Setup, nil
	}
	return "", nil
}
