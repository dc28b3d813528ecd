package server

// The authentication channel of a stock Keycloak (ciba-http-auth-channel): the
// realm asks with a bearer token of its own, and is called back with that token
// when the person has decided. CIBA has no place for a number: the binding
// message takes its part.

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	maxToken  = 16 << 10         // bytes of the realm's token
	tokenLife = 10 * time.Minute // of one that does not say
)

// cibaStart is what Keycloak sends.
type cibaStart struct {
	LoginHint string `json:"login_hint"`
	Scope     string `json:"scope"`
	Message   string `json:"binding_message"`
	Consent   bool   `json:"is_consent_required"`
}

// realmAddress is the address of a realm: https://host/realms/name.
var realmAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^https?://[^?#]+/realms/[^/?#]+/?$`) })

// realmCallback returns where a realm takes results, and whether address is that
// of a realm.
func realmCallback(address string) (string, bool) {
	if !realmAddress().MatchString(address) {
		return "", false
	}
	return strings.TrimSuffix(address, "/") + "/protocol/openid-connect/ext/ciba/auth/callback", true
}

func (s *Server) startCIBA(r *http.Request, body []byte) (any, error) {
	a, err := s.appNamed(r, r.PathValue("app"), r.PathValue("secret"))
	if err != nil {
		return nil, err
	}
	if _, ok := realmCallback(a.Webhook); !ok {
		return nil, refuse(http.StatusConflict, codeNoCallback, "the app's address is not that of a realm (https://host/realms/name)")
	}
	var start cibaStart
	if err := decode(body, &start); err != nil {
		return nil, err
	}
	token := bearerToken(r)
	ask, ends, err := s.cibaAsked(a, start, token)
	if err != nil {
		return nil, err
	}
	if err := s.expireDue(r.Context()); err != nil {
		return nil, err
	}
	var user store.User
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		if user, err = appUser(tx, start.LoginHint); err != nil {
			return err
		}
		return s.addCallback(tx, user, a, ask, token, ends)
	})
	if err != nil {
		return nil, err
	}
	s.hub.notify(user.ID)
	return struct{}{}, nil
}

// cibaAsked checks what a realm wants to be asked, and returns how long it takes
// an answer.
func (s *Server) cibaAsked(a store.App, start cibaStart, token string) (asked, time.Time, error) {
	wrong := func(field, message string) (asked, time.Time, error) {
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, message)
		e.Field = field
		return asked{}, time.Time{}, e
	}
	message, ok := cleanMessage(start.Message)
	if !ok {
		return wrong("binding_message", "the message is one line of at most 50 characters that can be shown")
	}
	if start.LoginHint == "" {
		return wrong("login_hint", "name the person by e-mail address or user name")
	}
	if !isToken(token) {
		return wrong("", "the realm's bearer token is missing")
	}
	ends := tokenEnd(token, s.now())
	left := int(ends.Sub(s.now()) / time.Second)
	if left < 30 {
		return wrong("", "the realm's token runs out in less than 30 seconds")
	}
	ask := asked{appID: a.ID, app: a.Name, message: message, ttl: left, unnumbered: true}
	if start.Consent {
		ask.action = cleanName("allow " + start.Scope)
	}
	return ask, ends, nil
}

// isToken tells whether text can be sent back as a bearer token.
func isToken(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return text != "" && len(text) <= maxToken
}

// tokenEnd reads when a token runs out. It is the realm's own and comes back to
// it alone: the realm verifies it, here it only says until when to try.
func tokenEnd(token string, now time.Time) time.Time {
	var claims struct {
		Expires int64 `json:"exp"`
	}
	parts := strings.Split(token, ".")
	if len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(text, &claims) == nil && claims.Expires > 0 {
			if end := time.Unix(claims.Expires, 0); end.Before(now.Add(time.Hour)) {
				return end
			}
		}
	}
	return now.Add(tokenLife)
}

// addCallback sends the request and keeps the token for its end. A token asks
// once.
func (s *Server) addCallback(tx *store.Tx, user store.User, a store.App, ask asked, token string, ends time.Time) error {
	event := "ciba " + hex.EncodeToString(s.keys.hash("ciba "+a.ID, token))
	if _, err := tx.Delivery(event); err == nil {
		return refuse(http.StatusConflict, protocol.CodeUsed, "this token has asked before")
	} else if !errors.Is(err, store.ErrNone) {
		return err
	}
	p, _ := profileNamed(a.Profile)
	policy, err := s.policy(tx, p)
	if err != nil {
		return err
	}
	ask.ttl = min(ask.ttl, policy.RequestTTL)
	r, err := s.appRequest(tx, user, a, ask)
	if err != nil {
		return err
	}
	_, err = tx.AddDelivery(store.Delivery{
		Event: event, AppID: a.ID, RequestID: r.ID, Kind: store.DeliverCIBA, Token: s.keys.seal([]byte(token), event),
		State: store.DeliveryHeld, MadeAt: r.CreatedAt, EndsAt: ends.UnixMilli(),
	})
	return err
}

// releaseCallback puts the callback of a request in line: false when it has none.
func (s *Server) releaseCallback(tx *store.Tx, id string, answer authAnswer) (bool, error) {
	all, err := tx.Deliveries(id)
	if err != nil {
		return false, err
	}
	for _, d := range all {
		if d.Kind != store.DeliverCIBA {
			continue
		}
		if d.State != store.DeliveryHeld {
			return true, nil
		}
		after := d
		after.Body = fmt.Sprintf(`{"status":%q}`, cibaStatus(answer.State))
		after.State, after.NextAt = store.DeliveryQueued, s.millis()
		_, err := tx.MoveDelivery(d, after)
		return true, err
	}
	return false, nil
}

// cibaStatus is a state in Keycloak's words.
func cibaStatus(state string) string {
	switch state {
	case store.Accepted:
		return "SUCCEED"
	case store.Denied, store.Reported, store.Mismatch:
		return "UNAUTHORIZED"
	}
	return "CANCELLED"
}

// tellRealm makes one try of a callback. A realm drops a request that it is told
// of twice, so a try that may have arrived is not made again.
func (s *Server) tellRealm(ctx context.Context, a store.App, d store.Delivery) outcome {
	callback, ok := realmCallback(a.Webhook)
	if !ok {
		return outcome{final: true, problem: "the app's address is not that of a realm any more"}
	}
	if _, err := outward(callback); err != nil {
		return outcome{final: true, problem: err.Error()}
	}
	token, err := s.keys.open(d.Token, d.Event)
	if err != nil {
		return outcome{final: true, problem: "the token can not be opened"}
	}
	status, sent, err := s.post(ctx, callback, d.Body, http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"nod-server/" + version}, "Authorization": {"Bearer " + string(token)},
	})
	switch {
	case err != nil:
		return outcome{final: sent, problem: transportProblem(err)}
	case status >= 200 && status < 300:
		return outcome{told: true}
	}
	again := status == http.StatusTooManyRequests || status == http.StatusBadGateway || status == http.StatusServiceUnavailable
	return outcome{final: !again, problem: fmt.Sprintf("the realm answers with status %d", status)}
}
