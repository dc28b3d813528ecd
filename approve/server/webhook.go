package server

// Webhooks: the signed message that tells an app how its request ended.

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"nod/approve/server/store"
)

// webhookLife is how long a webhook is tried.
const webhookLife = 24 * time.Hour

// signatureHeader holds t=<Unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">.
const signatureHeader = "Nod-Signature"

// webhookMessage is the body of a webhook.
type webhookMessage struct {
	Event   string     `json:"event"` // unique; the same in every try
	Type    string     `json:"type"`  // "auth.ended"
	Request authAnswer `json:"request"`
}

// appEnded puts in line what the app of a request that has ended is to be told,
// and shows the person what their devices have accepted.
func (s *Server) appEnded(tx *store.Tx, id string) error {
	r, err := tx.Request(id)
	if err != nil {
		return err
	}
	answer := s.stands(r)
	if p, ok := profileNamed(r.Profile); ok && answer.State == store.Accepted {
		if err := s.note(tx, r.UserID, p, visit{r.IP, r.Browser, r.OS}, kindAnswer, "accepted", r.App+", "+answer.Device); err != nil {
			return err
		}
	}
	s.pokeDeliveries()
	held, err := s.releaseCallback(tx, r.ID, answer)
	if err != nil || held {
		return err
	}
	a, err := tx.App(r.AppID)
	if err != nil || a.Webhook == "" || len(a.WebhookKey) == 0 {
		return err
	}
	if _, ok := realmCallback(a.Webhook); ok {
		return nil
	}
	now := s.millis()
	event := randomID("e-", 16)
	body, err := json.Marshal(webhookMessage{Event: event, Type: "auth.ended", Request: answer})
	if err != nil {
		return fmt.Errorf("write webhook: %w", err)
	}
	_, err = tx.AddDelivery(store.Delivery{
		Event: event, AppID: a.ID, RequestID: r.ID, Kind: store.DeliverWebhook, Body: string(body),
		State: store.DeliveryQueued, MadeAt: now, NextAt: now, EndsAt: now + webhookLife.Milliseconds(),
	})
	return err
}

// tellApp makes one try of a webhook.
func (s *Server) tellApp(ctx context.Context, a store.App, d store.Delivery) outcome {
	if _, err := outward(a.Webhook); err != nil {
		return outcome{final: true, problem: err.Error()}
	}
	key, err := s.webhookKey(a)
	if err != nil {
		return outcome{final: true, problem: "the key of the webhook can not be opened"}
	}
	status, _, err := s.post(ctx, a.Webhook, d.Body, http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"nod-server/" + version},
		signatureHeader: {signWebhook(key, s.now(), d.Body)},
	})
	switch {
	case err != nil:
		return outcome{problem: transportProblem(err)}
	case status >= 200 && status < 300:
		return outcome{told: true}
	case status >= 300 && status < 400:
		return outcome{problem: fmt.Sprintf("it points to another address (%d)", status)}
	}
	return outcome{final: status == http.StatusGone, problem: fmt.Sprintf("it answers with status %d", status)}
}

// signWebhook is the value of the signature header.
func signWebhook(key []byte, now time.Time, body string) string {
	t := fmt.Sprint(now.Unix())
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(t + "." + body))
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// transportProblem says why no answer came, without the address: it may hold a
// secret.
func transportProblem(err error) string {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var network *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in 10 seconds"
	case errors.As(err, &network) && network.Op == "dial":
		return "it can not be reached"
	}
	return "the connection failed"
}
