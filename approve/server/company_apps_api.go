package server

// Policies, apps and the outbox for the command line.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nod/approve/server/store"
)

// SitePolicy is what holds at a site.
type SitePolicy struct {
	Profile string `json:"profile"`
	Site    string `json:"site"`
	Policy  Policy `json:"policy"`
}

// Policies returns what holds at each site.
func (s *Server) Policies(ctx context.Context) ([]SitePolicy, error) {
	var all []SitePolicy
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for _, p := range profiles {
			policy, err := s.policy(tx, p)
			if err != nil {
				return err
			}
			all = append(all, SitePolicy{p.Name, p.Site, policy})
		}
		return nil
	})
	return all, err
}

// SetPolicyOf changes what holds at a site. A *PolicyError names the field that
// is not right. Nobody is mailed.
func (s *Server) SetPolicyOf(ctx context.Context, profile string, policy Policy) error {
	p, known := profileNamed(profile)
	if !known {
		return wrap("set policy", noSite(profile))
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error { return s.setPolicy(tx, p, policy, commandLine, "") })
	if err != nil {
		return fmt.Errorf("set policy: %w", err)
	}
	return nil
}

// AppInfo is an app: a site of someone else, or with the profile "admin" a
// program that uses the admin API.
type AppInfo struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Profile  string    `json:"profile"`
	Webhook  string    `json:"webhook,omitempty"`
	Made     time.Time `json:"made"`
	OldUntil time.Time `json:"old_until,omitzero"` // until when the secret before works
	Closed   bool      `json:"closed"`
}

// AppSecret is an app with what is told once: Token is what it sends as Bearer,
// Secret the part after the point. WebhookKey (base64url) signs what the webhook
// is sent, HMAC-SHA-256; "" when there is none or it is the one before.
type AppSecret struct {
	AppInfo
	Token      string `json:"token"`
	Secret     string `json:"secret"`
	WebhookKey string `json:"webhook_key,omitempty"`
}

func (s *Server) appInfo(a store.App) AppInfo {
	info := AppInfo{ID: a.ID, Name: a.Name, Profile: a.Profile, Webhook: a.Webhook, Made: fromMillis(a.MadeAt), Closed: a.ClosedAt != 0}
	if s.millis() < a.OldUntil {
		info.OldUntil = fromMillis(a.OldUntil)
	}
	return info
}

// Apps returns all apps, closed ones too.
func (s *Server) Apps(ctx context.Context) ([]AppInfo, error) {
	infos := []AppInfo{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Apps()
		for _, a := range all {
			infos = append(infos, s.appInfo(a))
		}
		return err
	})
	return infos, err
}

// AddApp makes an app of a site, or with the profile "admin" one of the admin API.
func (s *Server) AddApp(ctx context.Context, name, profile, webhook string) (AppSecret, error) {
	return s.withSecret(ctx, "add app", func(tx *store.Tx) (store.App, appSecrets, error) {
		return s.newApp(tx, newAppForm{name, profile, webhook}, doer{Name: commandLine})
	})
}

// RotateApp gives an app another secret; the one before works for a day more, or
// with atOnce no longer.
func (s *Server) RotateApp(ctx context.Context, id string, atOnce bool) (AppSecret, error) {
	return s.withSecret(ctx, "rotate secret", func(tx *store.Tx) (store.App, appSecrets, error) {
		return s.rotateApp(tx, id, atOnce, doer{Name: commandLine})
	})
}

func (s *Server) withSecret(ctx context.Context, what string, do func(*store.Tx) (store.App, appSecrets, error)) (AppSecret, error) {
	var a store.App
	var secrets appSecrets
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		a, secrets, err = do(tx)
		return err
	})
	if err != nil {
		return AppSecret{}, fmt.Errorf("%s: %w", what, err)
	}
	return AppSecret{s.appInfo(a), secrets.token(a), secrets.Secret, secrets.WebhookKey}, nil
}

// token is what an app sends as Bearer.
func (c appSecrets) token(a store.App) string { return a.ID + "." + c.Secret }

// CloseApp ends an app for good.
func (s *Server) CloseApp(ctx context.Context, id string) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error { return s.closeApp(tx, id, doer{Name: commandLine}) })
	if err != nil {
		return fmt.Errorf("close app: %w", err)
	}
	return nil
}

// Message is a mail or text message of the outbox.
type Message struct {
	ID      int64     `json:"id"`
	Kind    string    `json:"kind"` // mail or sms
	To      string    `json:"to"`
	Subject string    `json:"subject,omitempty"`
	Body    string    `json:"body"`
	At      time.Time `json:"at"`
	State   string    `json:"state"` // kept, queued, sent, failed
	Tries   int       `json:"tries"`
	Problem string    `json:"problem,omitempty"`
}

// Outbox returns the newest messages, newest first, at most limit of them.
func (s *Server) Outbox(ctx context.Context, limit int) ([]Message, error) {
	messages := []Message{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Mails(limit)
		for _, m := range all {
			messages = append(messages, Message{m.ID, m.Kind, m.To, m.Subject, m.Body, fromMillis(m.At), m.State, m.Tries, m.Problem})
		}
		return err
	})
	return messages, err
}

// MessageOf returns one message of the outbox.
func (s *Server) MessageOf(ctx context.Context, id int64) (found Message, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		m, err := tx.Mail(id)
		if errors.Is(err, store.ErrNone) {
			return &missing{fmt.Sprintf("message %d", id)}
		}
		found = Message{m.ID, m.Kind, m.To, m.Subject, m.Body, fromMillis(m.At), m.State, m.Tries, m.Problem}
		return err
	})
	return found, err
}
