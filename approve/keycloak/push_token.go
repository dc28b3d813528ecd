package keycloak

// This file gets the access tokens of a push MFA device. They are bound to its key and
// kept in memory only.

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
)

const (
	tokenMargin = 20 * time.Second // a token is not used this close to its end
	tokenMost   = time.Hour
)

// accessToken is one token; until is by this machine's clock.
type accessToken struct {
	text  string
	key   string // the id of the key that it is bound to
	until time.Time
}

// tokenText is what may go into a header.
var tokenText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._~+/=-]+$`) })

// token returns a token for a, and whether it was just given.
func (p *push) token(ctx context.Context, a account) (text string, fresh bool, err error) {
	keep := a.vaultID != "" && !a.next
	var key string
	if keep {
		if err := a.use(func(s *pushSecret) error { key = s.KeyID; return nil }); err != nil {
			return "", false, err
		}
		p.mu.Lock()
		t := p.tokens[a.vaultID]
		p.mu.Unlock()
		if t.text != "" && t.key == key && time.Now().Before(t.until) {
			return t.text, false, nil
		}
	}
	t, err := p.fetchToken(ctx, a)
	if err != nil {
		return "", false, err
	}
	if keep {
		t.key = key
		p.mu.Lock()
		p.tokens[a.vaultID] = t
		p.mu.Unlock()
	}
	return t.text, true, nil
}

func (p *push) dropToken(device string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tokens, device)
}

// fetchToken asks for a token with the client's id and secret and a proof of the key.
func (p *push) fetchToken(ctx context.Context, a account) (accessToken, error) {
	address := a.realm.base + pathToken
	answer, err := p.wire.send(ctx, request{
		trust: a.trust, clock: a.clock, limit: answerTime,
		make: func(ctx context.Context, now time.Time) (*http.Request, error) {
			proof, err := a.proof(http.MethodPost, address, "", now)
			if err != nil {
				return nil, err
			}
			var form string
			err = a.use(func(s *pushSecret) error {
				form = url.Values{
					"grant_type": {"client_credentials"}, "client_id": {s.ClientID}, "client_secret": {string(s.ClientSecret)},
				}.Encode()
				return nil
			})
			if err != nil {
				return nil, err
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
			if err != nil {
				return nil, approve.ErrAddress
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", "application/json")
			r.Header.Set("DPoP", proof)
			return r, nil
		},
	})
	if err != nil {
		return accessToken{}, err
	}
	if answer.Status != http.StatusOK {
		return accessToken{}, tokenMeaning(answer)
	}
	return readAccessToken(answer.Body)
}

// readAccessToken reads the answer of the token endpoint. A token that is not bound to
// the key is not used: whoever saw it could use it as well.
func readAccessToken(body []byte) (accessToken, error) {
	var got struct {
		Text    string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int64  `json:"expires_in"`
	}
	if strictjson.Unmarshal(body, &got) != nil || !tokenText().MatchString(got.Text) || len(got.Text) > maxLink {
		return accessToken{}, notKeycloak()
	}
	if !strings.EqualFold(got.Type, "DPoP") {
		return accessToken{}, fmt.Errorf("%w: it gives tokens that are not bound to a key; its administrator has to turn DPoP on for this client", approve.ErrRefused)
	}
	life := time.Duration(min(max(got.Expires, 0), int64(tokenMost/time.Second))) * time.Second
	return accessToken{text: got.Text, until: time.Now().Add(life - tokenMargin)}, nil
}

// tokenMeaning is what a refused token means.
func tokenMeaning(a approve.Answer) error {
	switch errorCode(a) {
	case "invalid_client", "unauthorized_client":
		return fmt.Errorf("%w: it does not take the client id and secret of its administrator", approve.ErrRefused)
	case "invalid_dpop_proof":
		if a.Header.Get("Date") == "" {
			return fmt.Errorf("%w: that is a likely reason why the server takes no proof", approve.ErrClock)
		}
	}
	if a.Status < 400 {
		return notKeycloak()
	}
	return refusal(a)
}
