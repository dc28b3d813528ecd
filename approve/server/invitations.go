package server

// New accounts, and the one-time links by which people choose a password.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	linkFirst  = "first"  // of the first administrator, shown on the command line
	linkInvite = "invite" // by mail

	firstLife  = 24 * time.Hour
	inviteLife = 7 * 24 * time.Hour
)

// newPerson is what an invitation asks for.
type newPerson struct {
	Email, Name string
	Admin       bool
}

// check cleans n and says what is wrong with it.
func (n *newPerson) check() problems {
	found := problems{}
	n.Email, n.Name = strings.ToLower(strings.TrimSpace(n.Email)), cleanName(n.Name)
	if address, err := mail.ParseAddress(n.Email); err != nil || address.Address != n.Email || len(n.Email) > 254 {
		found["email"] = "That is not an e-mail address."
	}
	if n.Name == "" {
		found["name"] = "Give the person a name."
	}
	return found
}

// invite makes an account without a password, and the link to choose one. The
// error is problems when a field is not right.
func (s *Server) invite(tx *store.Tx, n newPerson, by doer, kind string) (user store.User, link string, err error) {
	if found := n.check(); len(found) > 0 {
		return user, "", found
	}
	login, err := freeLogin(tx, n.Email)
	if err != nil {
		return user, "", err
	}
	user = store.User{ID: randomID("u-", 12), Email: n.Email, Login: login, Name: n.Name, Admin: n.Admin}
	added, err := tx.AddUser(user)
	if err == nil && !added {
		err = problems{"email": "This address has an account already."}
	}
	if err != nil {
		return user, "", err
	}
	if link, err = s.newLink(tx, user, kind); err != nil {
		return user, "", err
	}
	_, err = s.audit(tx, auditUserInvited, by.Name, user.Email, by.IP, role(user)+", "+kind+" link")
	return user, link, err
}

// freeLogin makes a user name of an address: its local part, with a number when
// that is taken.
func freeLogin(tx *store.Tx, email string) (string, error) {
	local, _, _ := strings.Cut(email, "@")
	for n, login := 1, local; ; login = local + strconv.Itoa(n) {
		_, err := tx.UserByName(login)
		if errors.Is(err, store.ErrNone) {
			return login, nil
		}
		if n++; err != nil {
			return "", err
		}
	}
}

// newLink makes a one-time link for user, in place of the one before.
func (s *Server) newLink(tx *store.Tx, user store.User, kind string) (string, error) {
	token := base64.RawURLEncoding.EncodeToString(randomBytes(16))
	life := inviteLife
	if kind == linkFirst {
		life = firstLife
	}
	now := s.millis()
	err := tx.AddLink(store.Link{Hash: s.keys.hash("link", token), UserID: user.ID, Kind: kind, MadeAt: now, ExpiresAt: now + life.Milliseconds()})
	return s.config.Origin + "/invite/" + token, err
}

// mailLink sends the link to the person.
func (s *Server) mailLink(tx *store.Tx, user store.User, link string, by doer) error {
	return s.mail(tx, user.Email, "Your account at "+s.host, strings.Join([]string{
		fmt.Sprintf("%s made an account for you (%s). Choose a password here:", by.Name, user.Email), link,
		fmt.Sprintf("The link works once, for %d days.", int(inviteLife.Hours())/24),
	}, "\n"))
}

// inviteAgain mails a new link to one who has not chosen a password yet.
func (s *Server) inviteAgain(tx *store.Tx, user store.User, by doer) error {
	switch {
	case user.ClosedAt != 0:
		return refuse(http.StatusConflict, "closed", "This account is closed.")
	case user.Password != "":
		return refuse(http.StatusConflict, "has_password", "This person has chosen a password already.")
	}
	link, err := s.newLink(tx, user, linkInvite)
	if err != nil {
		return err
	}
	if _, err := s.audit(tx, auditUserInvited, by.Name, user.Email, by.IP, "again"); err != nil {
		return err
	}
	return s.mailLink(tx, user, link, by)
}
