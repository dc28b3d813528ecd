package approve

import (
	"context"
	"time"

	"nod/vault"
)

// Driver speaks one server protocol. It shows nothing, stores nothing and asks
// nothing; errors are those of errors.go, wrapped.
type Driver interface {
	// Name is what vault.Device.Driver holds.
	Name() string
	// Preview reads a pairing link without any network; ErrNotMine when the
	// link is not of this protocol.
	Preview(link string) (Preview, error)
	// Pair registers fresh keys with the server. The device that it returns is
	// pending until the person confirms it at the site, or active.
	Pair(ctx context.Context, o Offer, k *vault.Keys) (Paired, error)
	// Poll waits up to wait for news and returns all pending requests,
	// verified and sanitised.
	Poll(ctx context.Context, d Device, wait time.Duration) (Batch, error)
	// Answer sends a decision. key is the approval key for Accept, else nil.
	Answer(ctx context.Context, d Device, r Request, dec Decision, key vault.Signer) (Outcome, error)
	// Status asks what the server knows of this device and its account.
	Status(ctx context.Context, d Device) (Status, error)
	// Rename gives this device another name at the server.
	Rename(ctx context.Context, d Device, name string) error
	// Unpair removes this device at the server; *LastMethodError unless force.
	Unpair(ctx context.Context, d Device, force bool) error
}

// Mailer is a Driver whose servers confirm e-mail addresses (first run).
type Mailer interface {
	StartEmail(ctx context.Context, server, address string) error
	ConfirmEmail(ctx context.Context, server, address, code string) error
}

// Scanner is a Driver whose requests do not come by themselves: a person scans or
// pastes the link that the sign-in page shows.
type Scanner interface {
	// Scan reads such a link without any network. It is for the one of devices whose
	// server it names; ErrNotMine when the link is of another protocol,
	// ErrNotPaired when it is for none of them. Poll lists the request until it ends.
	Scan(devices []Device, link string) (Request, error)
}

// Rotator is a Driver that can give a paired device another key.
type Rotator interface {
	// Rotate makes a key, tells the server, and keeps it with d.Secret.Set.
	Rotate(ctx context.Context, d Device) error
}

// Device is a pairing as a driver gets it.
type Device struct {
	vault.Device
	Transport vault.Signer
	Secret    Secret // what the driver gave to vault.Keys.SetSecret
	Clock     *Clock
}

// Secret is what a driver keeps in the vault for one pairing, beside the keys.
type Secret interface {
	// Use lends the secret, which is wiped after use returns.
	Use(use func(secret []byte) error) error
	// Set stores another one.
	Set(secret []byte) error
}

// Preview is what a pairing link says of itself.
type Preview struct {
	Driver  string
	Server  string // origin
	App     string
	Account string
	Risks   []string // sentences to show before going on
	Details []Detail // what else the link says
	Needs   []string // what Offer must hold beside the link: NeedClient, NeedPassphrase, NeedContainer
	AtSite  bool     // the person confirms the device at the site, by its words
}

// Detail is one thing that a pairing link says.
type Detail struct{ Label, Text string }

// What a link alone does not say.
const (
	NeedClient     = "client"     // the server's administrator has to give a client id and secret
	NeedPassphrase = "passphrase" // the link asks for one; a Detail of that name holds its question
	NeedContainer  = "container"  // the person has to want a container, see Offer.Container
)

// Offer is what a person brings to pair: a link, or a server's address and its
// registration code.
type Offer struct {
	Link       string
	Server     string
	Code       string
	DeviceName string
	Platform   string // "linux terminal"
	Simulated  bool

	ClientID, ClientSecret string // of the server's administrator, where Preview.Needs them
	Passphrase             string // where Preview.Needs it
	Container              bool   // the person wants a set of tokens that the server renews; else ErrContainer

	Trust    Trust             // whom to believe to be the server
	Loopback bool              // plain http to this machine is allowed (drivers of other servers)
	Progress func(step string) // told of each step that may take over a second; or nil
}

// Paired is a registered device.
type Paired struct {
	Device   vault.Device
	Fallback string // otpauth link of the code that works without network, or ""
}

// Batch is what one poll brought.
type Batch struct {
	Requests []Request         // pending
	Ended    []Request         // answered, cancelled or expired since they were seen, with their final State
	Interval time.Duration     // the server's wish for the next poll; 0 = at once (long poll)
	Dropped  int               // challenges that did not verify
	Unasked  bool              // no server was asked
	Memory   map[string]string // to store as vault.Device.Memory; nil: as it is
}

// Status is what a server knows of a device and its account.
type Status struct {
	State        vault.DeviceState
	App, Account string
	TwoStep      bool // 2-step verification is on
	Required     bool // by the company
	Methods      []string
	RecoveryLeft int
	RecoveryMade time.Time
	Devices      []RemoteDevice
	SecurityURL  string // page where the person changes all this
	Support      string
	Pause        Pause
}

// RemoteDevice is one device that can approve for the account.
type RemoteDevice struct {
	ID        string
	Name      string
	Platform  string
	This      bool
	Simulated bool
	Paired    time.Time
	Used      time.Time // zero: never
}
