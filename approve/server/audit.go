package server

// The audit log as others see it.

import (
	"context"
	"time"

	"nod/approve/server/store"
)

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Type    string    `json:"type"`  // such as "request.answered"
	Actor   string    `json:"actor"` // who did it: an e-mail or a device id
	Subject string    `json:"subject"`
	IP      string    `json:"ip,omitempty"`
	Detail  string    `json:"detail,omitempty"`
}

// The types of audit entries.
const (
	auditRequestCreated  = "request.created"
	auditRequestAnswered = "request.answered"
	auditRequestIgnored  = "request.ignored"
	auditAnswerRefused   = "answer.refused"
	auditLoginExpired    = "login.expired"
	auditLoginCancelled  = "login.cancelled"
	auditSignedIn        = "login.signed_in"
	auditPasswordWrong   = "password.wrong"
	auditCodeWrong       = "code.wrong"
	auditDevicePending   = "device.pending"
	auditDevicePaired    = "device.paired"
	auditDeviceRenamed   = "device.renamed"
	auditDeviceRemoved   = "device.removed"
	auditPairingRefused  = "pairing.refused"
	auditPolicyChanged   = "policy.changed"
	auditRecoveryMade    = "recovery.made"
	auditRecoveryUsed    = "recovery.used"
	auditMethodAdded     = "method.added"
	auditMethodRemoved   = "method.removed"
	auditPolicyTwoStep   = "policy.two_step"
	auditTwoStepReset    = "policy.two_step_reset"
	auditPolicyPaused    = "policy.push_paused"
	auditPolicyResumed   = "policy.push_resumed"
	auditDeliveryFailed  = "delivery.failed"
)

// audit appends one entry in tx and returns its number.
func (s *Server) audit(tx *store.Tx, kind, actor, subject, ip, detail string) (int64, error) {
	s.config.Log("%s %s %s %s %s", kind, actor, subject, ip, detail)
	s.metrics.audited(kind, detail)
	return tx.Append(store.Entry{At: s.millis(), Type: kind, Actor: actor, Subject: subject, IP: ip, Detail: detail})
}

// Audit returns the audit log, oldest first.
func (s *Server) Audit(ctx context.Context) ([]AuditEntry, error) {
	if err := s.expireDue(ctx); err != nil {
		return nil, err
	}
	var all []AuditEntry
	err := s.store.View(ctx, func(tx *store.Tx) error {
		entries, err := tx.Audit()
		for _, e := range entries {
			all = append(all, AuditEntry{e.Seq, fromMillis(e.At), e.Type, e.Actor, e.Subject, e.IP, e.Detail})
		}
		return err
	})
	return all, err
}

// VerifyAudit checks that no row of the audit log was changed, removed or
// added from outside; an error wraps store.ErrAudit and names the row.
func (s *Server) VerifyAudit(ctx context.Context) error {
	return s.store.View(ctx, (*store.Tx).VerifyAudit)
}
