package keycloak

// This file turns what the app authenticator lists into requests, after checking that
// nothing in it leads anywhere but back to the paired realm.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
)

// appChallenge is one pending login as the server lists it.
type appChallenge struct {
	UserName      string `json:"userName"`
	TargetURL     string `json:"targetUrl"`
	CodeChallenge string `json:"codeChallenge"`
	Updated       int64  `json:"updatedTimestamp"` // Unix milliseconds
	IPAddress     string `json:"ipAddress"`
	Browser       string `json:"browser"`
	OS            string `json:"os"`
	OSVersion     string `json:"osVersion"`
	ClientName    string `json:"clientName"`
}

// readAppChallenges decodes the list that both polls answer with.
func readAppChallenges(body []byte) ([]appChallenge, error) {
	var list []appChallenge
	if strictjson.Unmarshal(body, &list) != nil || list == nil {
		return nil, notKeycloak()
	}
	return list, nil
}

// answerable is what an answer needs of a challenge. As JSON it is Request.Challenge.
type answerable struct {
	Target string `json:"target"`
	Code   string `json:"code"`
}

// checked is an answerable that fits the pairing.
type checked struct {
	id    string
	until time.Time // by the server's clock
}

// errOver is for a request that ran out on its way here, which breaks no rule.
var errOver = errors.New("it has ended")

// check makes sure that c is for the realm of p and can be signed.
func (p pairing) check(c answerable, now time.Time) (checked, error) {
	if !code().MatchString(c.Code) || len(c.Code) > maxCode {
		return checked{}, errors.New("its code is not letters and digits")
	}
	u, err := readURL(c.Target, true) // whether that may be this machine was decided when pairing
	if err != nil || p.realm.base+actionToken != approve.Origin(u)+u.EscapedPath() {
		return checked{}, errors.New("its target is not in the paired realm")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return checked{}, errors.New("the parameters of its target can not be read")
	}
	key, _ := parameter(query, "key")
	token, err := readToken(key)
	switch {
	case err != nil || token.Type != typeLogin:
		return checked{}, errors.New("its target holds no token to log in")
	case token.Issuer != "" && !p.realm.issued(token):
		return checked{}, errors.New("its token is of another server")
	case token.Subject != "" && p.user != "" && token.Subject != p.user:
		return checked{}, errors.New("its token is of another account")
	}
	until, err := token.until(now)
	if errors.Is(err, approve.ErrCodeExpired) {
		return checked{}, errOver
	}
	if err != nil || until.After(now.Add(maxLife)) {
		return checked{}, errors.New("it does not say how long it waits")
	}
	return checked{id: requestID(token.ID, c.Code), until: until}, nil
}

// requestID is a short name of a request: of its token's id, or else of its code.
func requestID(token, code string) string {
	if token == "" {
		token = code
	}
	sum := sha256.Sum256([]byte("nod keycloak request\x00" + token))
	return "k-" + hex.EncodeToString(sum[:8])
}

// request turns a challenge into what may be shown.
func (p pairing) request(d approve.Device, c appChallenge) (approve.Request, error) {
	now := d.Clock.Now()
	asked := time.UnixMilli(c.Updated)
	if c.Updated <= 0 || asked.After(now.Add(time.Minute)) || asked.Before(now.Add(-maxLife)) {
		return approve.Request{}, errors.New("it does not say since when it waits")
	}
	answer := answerable{Target: c.TargetURL, Code: c.CodeChallenge}
	fit, err := p.check(answer, now)
	if err != nil {
		return approve.Request{}, err
	}
	challenge, err := json.Marshal(answer)
	if err != nil {
		return approve.Request{}, fmt.Errorf("keep challenge: %w", err)
	}
	client := approve.Text(c.ClientName)
	if client == "" {
		client = d.App
	}
	return p.guard(approve.Request{
		ID: fit.id, Device: d.ID, Server: d.Server,
		App: client, Account: approve.Text(c.UserName), Action: "sign in",
		IP: approve.Text(c.IPAddress), Browser: approve.Text(c.Browser), OS: approve.Text(c.OS + " " + c.OSVersion),
		AskedAt: d.Clock.Local(asked), ExpiresAt: d.Clock.Local(fit.until),
		State: approve.Waiting, Challenge: challenge,
	}), nil
}

// requests are those of list that keep the rules, each once and none that was
// answered.
func (a *app) requests(d approve.Device, p pairing, list []appChallenge) (found []approve.Request, dropped int) {
	dropped = max(len(list)-maxList, 0)
	for _, c := range list[:min(len(list), maxList)] {
		switch r, err := p.request(d, c); {
		case err == nil:
			found = append(found, r)
		case !errors.Is(err, errOver):
			dropped++
		}
	}
	found, more := a.handled.sift(found)
	return found, dropped + more
}
