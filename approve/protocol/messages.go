package protocol

import "time"

// Paths of the device API.
const (
	PathMeta         = "/v1/meta"          // GET -> Meta
	PathEmailStart   = "/v1/email/start"   // POST EmailStart -> 204
	PathEmailConfirm = "/v1/email/confirm" // POST EmailConfirm -> 204
	PathPair         = "/v1/pair"          // POST PairRequest -> 202 PairAnswer; signed with the new transport key
	PathDevice       = "/v1/device"        // GET -> DeviceAnswer; PATCH DevicePatch -> 204; DELETE [?force=true] -> 204; signed
	PathRequests     = "/v1/requests"      // GET ?wait=25&after=CURSOR -> RequestsAnswer; signed
	// POST /v1/requests/{id}/answer AnswerRequest -> AnswerAnswer; signed
	PathPause    = "/v1/pause"    // POST PauseRequest -> PauseAnswer; signed
	PathActivity = "/v1/activity" // GET -> ActivityAnswer; signed
)

// Meta is what anyone may know of a server.
type Meta struct {
	Name         string    `json:"name"`
	Version      string    `json:"version"`
	Time         time.Time `json:"time"`
	Capabilities []string  `json:"capabilities"`
	Support      string    `json:"support,omitempty"`
	ServerKey    string    `json:"server_key"` // base64url Ed25519
	MaxWait      int       `json:"max_wait"`   // seconds of a long poll
}

// EmailStart asks for a 6-digit code by mail.
type EmailStart struct {
	Email string `json:"email"`
}

// EmailConfirm brings that code back.
type EmailConfirm struct {
	Email string `json:"email"`
	Code  string `json:"code"`
}

// PairRequest registers a device. Exactly one of Token and Code is set.
type PairRequest struct {
	Token        string `json:"token,omitempty"`
	Code         string `json:"code,omitempty"`
	Name         string `json:"name"`
	Platform     string `json:"platform"`
	TransportKey string `json:"transport_key"` // base64url Ed25519
	ApprovalKey  string `json:"approval_key"`  // base64url Ed25519
	Proof        string `json:"proof"`         // Proof as JWS
	Simulated    bool   `json:"simulated,omitempty"`
}

// PairAnswer is the server's side of a pairing that now waits for the person's yes at the site.
type PairAnswer struct {
	DeviceID    string    `json:"device_id"`
	ServerKey   string    `json:"server_key"` // base64url Ed25519
	Words       []string  `json:"words"`
	App         string    `json:"app"`
	Account     string    `json:"account"`
	FallbackURI string    `json:"fallback_uri,omitempty"` // otpauth link
	Time        time.Time `json:"time"`
}

// DeviceAnswer is what a server knows of a device and its account.
type DeviceAnswer struct {
	State        string       `json:"state"` // pending, active
	App          string       `json:"app"`
	Account      string       `json:"account"`
	Name         string       `json:"name"`
	TwoStep      bool         `json:"two_step"`
	Required     bool         `json:"required"`
	Methods      []string     `json:"methods"`
	RecoveryLeft int          `json:"recovery_left"`
	RecoveryMade *time.Time   `json:"recovery_made,omitempty"`
	Devices      []DeviceInfo `json:"devices"`
	SecurityURL  string       `json:"security_url"`
	Support      string       `json:"support,omitempty"`
	PausedUntil  *time.Time   `json:"paused_until,omitempty"`
	PausedWhy    string       `json:"paused_why,omitempty"` // device report limit
	Time         time.Time    `json:"time"`
}

// DeviceInfo is one device of the account.
type DeviceInfo struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Platform  string     `json:"platform"`
	Simulated bool       `json:"simulated,omitempty"`
	This      bool       `json:"this,omitempty"`
	Paired    time.Time  `json:"paired"`
	Used      *time.Time `json:"used,omitempty"`
}

// DevicePatch renames a device.
type DevicePatch struct {
	Name string `json:"name"`
}

// RequestsAnswer lists what waits for a device, and what has ended since After.
type RequestsAnswer struct {
	Requests []Pending `json:"requests"` // always an array
	Ended    []Ended   `json:"ended"`    // verdicts and expiries of the last five minutes
	Cursor   string    `json:"cursor"`   // for the next call's after: it then waits until something differs
	Interval int       `json:"interval"` // seconds until the next poll; 0 = at once
	Time     time.Time `json:"time"`
}

// Pending is one request.
type Pending struct {
	ID        string `json:"id"`
	Challenge string `json:"challenge"`         // JWS
	Ignored   bool   `json:"ignored,omitempty"` // by this device
}

// Ended is one request with its verdict.
type Ended struct {
	ID     string    `json:"id"`
	State  string    `json:"state"` // accepted denied reported number_mismatch expired cancelled
	Device string    `json:"device,omitempty"`
	At     time.Time `json:"at"`
}

// AnswerRequest brings a decision.
type AnswerRequest struct {
	Decision string `json:"decision"` // JWS
}

// AnswerAnswer says what became of the request.
type AnswerAnswer struct {
	State  string    `json:"state"` // accepted denied reported ignored
	Device string    `json:"device"`
	At     time.Time `json:"at"`
	Ticket string    `json:"ticket,omitempty"`
	Time   time.Time `json:"time"`
}

// PauseRequest pauses requests to all devices of the account until a time; one
// that has come lifts the pause.
type PauseRequest struct {
	Until time.Time `json:"until"`
}

// PauseAnswer says until when requests are paused now, and why; both are absent
// when they are not.
type PauseAnswer struct {
	Until *time.Time `json:"until,omitempty"`
	Why   string     `json:"why,omitempty"` // device report limit
	Time  time.Time  `json:"time"`
}

// ActivityAnswer lists the newest decisions of the account's devices, newest first.
type ActivityAnswer struct {
	Decisions []Past    `json:"decisions"` // always an array
	Time      time.Time `json:"time"`
}

// Past is one request that was decided.
type Past struct {
	ID      string    `json:"id"`
	State   string    `json:"state"` // accepted denied reported number_mismatch
	Device  string    `json:"device"`
	This    bool      `json:"this,omitempty"` // this device decided
	Asked   time.Time `json:"asked"`
	At      time.Time `json:"at"`
	App     string    `json:"app"`
	Action  string    `json:"action"`
	Message string    `json:"message,omitempty"`
	IP      string    `json:"ip,omitempty"`
	Browser string    `json:"browser,omitempty"`
	OS      string    `json:"os,omitempty"`
	Ticket  string    `json:"ticket,omitempty"`
}

// ErrorAnswer is the body of every answer of 400 and up.
type ErrorAnswer struct {
	Error Error `json:"error"`
}

// Error codes.
const (
	CodeBadRequest     = "bad_request"      // 400
	CodeClockSkew      = "clock_skew"       // 400, with server_time
	CodeBadSignature   = "bad_signature"    // 401
	CodeReplayed       = "replayed"         // 401
	CodeBadCode        = "bad_code"         // 401 pairing, 422 e-mail; with left
	CodeDeviceRevoked  = "device_revoked"   // 403
	CodePairingRefused = "pairing_refused"  // 403
	CodeDevicePending  = "device_pending"   // 403: not confirmed at the site yet
	CodeAccountClosed  = "account_closed"   // 403: of the person, by an administrator; it may be opened again
	CodeWrongKey       = "wrong_key"        // 403: approve not signed with the approval key
	CodeNotFound       = "not_found"        // 404
	CodeUsed           = "used"             // 409 pairing
	CodeLastMethod     = "last_method"      // 409, with devices, methods, recovery_left
	CodeAnswered       = "already_answered" // 409, with decision, device, at
	CodeExpired        = "expired"          // 410
	CodeBadProof       = "bad_proof"        // 422
	CodeNumberMismatch = "number_mismatch"  // 422: the request has ended
	CodeNumberNeeded   = "number_needed"    // 422: the request still waits
	CodeNameTaken      = "name_taken"       // 422
	CodeSlowDown       = "slow_down"        // 429, with retry_after
	CodeTooMany        = "too_many"         // 429, with retry_after
	CodeInternal       = "internal"         // 500
)

// Error is the one shape of errors.
type Error struct {
	Code         string     `json:"code"`
	Message      string     `json:"message"`
	Field        string     `json:"field,omitempty"`
	RetryAfter   int        `json:"retry_after,omitempty"` // seconds
	ServerTime   time.Time  `json:"server_time"`
	Left         *int       `json:"left,omitempty"`
	Decision     string     `json:"decision,omitempty"` // state of an answered request
	Device       string     `json:"device,omitempty"`
	At           *time.Time `json:"at,omitempty"`
	Devices      int        `json:"devices,omitempty"`
	Methods      int        `json:"methods,omitempty"`
	RecoveryLeft int        `json:"recovery_left,omitempty"`
	SecurityURL  string     `json:"security_url,omitempty"`
}
