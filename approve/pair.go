package approve

// This file begins, confirms, changes and ends pairings.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

const awaitEvery = time.Second

// Preview reads a pairing link without network; ErrNotMine when no driver knows it.
func (in *Inbox) Preview(link string) (Preview, error) {
	p, _, err := in.preview(link)
	return p, err
}

func (in *Inbox) preview(link string) (Preview, Driver, error) {
	for _, d := range in.drivers {
		p, err := d.Preview(link)
		if errors.Is(err, ErrNotMine) {
			continue
		}
		return p, d, err
	}
	return Preview{}, nil, fmt.Errorf("read link: %w", ErrNotMine)
}

// Pair registers this vault with a server and stores the device, with its words,
// as pending or active, and the code that works without network as an account.
func (in *Inbox) Pair(ctx context.Context, o Offer) (vault.Device, error) {
	keys := vault.NewKeys()
	paired, err := in.register(ctx, o, keys)
	if err != nil {
		keys.Wipe()
		return vault.Device{}, err
	}
	d, err := in.v.AddDevice(paired.Device, keys)
	if err != nil {
		keys.Wipe()
		return vault.Device{}, fmt.Errorf("store pairing: %w", err)
	}
	note := vault.Event{At: time.Now(), Kind: vault.EventPaired, Subject: d.App, Account: d.Account, Device: d.ID, Detail: d.Server}
	if err := in.addFallback(d, paired.Fallback); err != nil {
		// The pairing stands without it, and must not look as if it had failed.
		note.Detail += ", without the code for when there is no network"
	}
	in.note(note)
	in.changed()
	return d, nil
}

// register has the driver that the offer is for pair.
func (in *Inbox) register(ctx context.Context, o Offer, keys *vault.Keys) (Paired, error) {
	if o.Link != "" {
		_, driver, err := in.preview(o.Link)
		if err != nil {
			return Paired{}, err
		}
		return driver.Pair(ctx, o, keys)
	}
	for _, driver := range in.drivers {
		paired, err := driver.Pair(ctx, o, keys)
		if !errors.Is(err, ErrNotMine) {
			return paired, err
		}
	}
	return Paired{}, fmt.Errorf("pair: %w", ErrNotMine)
}

// addFallback stores the otpauth link that came with a pairing.
func (in *Inbox) addFallback(d vault.Device, link string) error {
	if link == "" {
		return nil
	}
	key, err := otp.ParseURI(link)
	if err != nil {
		return err
	}
	key.Issuer, key.Name = Text(key.Issuer), Text(key.Name)
	host := d.Server
	if u, err := url.Parse(d.Server); err == nil && u.Host != "" {
		host = u.Host
	}
	_, err = in.v.Add(true, vault.NewAccount{Key: key, Device: d.ID, Source: "pairing with " + host})
	clear(key.Secret)
	return err
}

// Await waits until the person has confirmed the device at the site (or ctx
// ends) and returns it active; ErrRefused when they said no (the device is
// removed from the vault then).
func (in *Inbox) Await(ctx context.Context, deviceID string) (vault.Device, error) {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		d, err := in.v.Device(deviceID)
		switch {
		case errors.Is(err, vault.ErrNotFound) && !first:
			return vault.Device{}, ErrPairingRefused // a loop of Watch was told first
		case err != nil:
			return vault.Device{}, fmt.Errorf("await confirmation: %w", err)
		case d.State == vault.DeviceActive:
			return d, nil
		case d.State == vault.DeviceRevoked:
			return d, fmt.Errorf("await confirmation: %w", ErrRevoked)
		}
		d, err = in.settle(ctx, deviceID)
		switch limited, ok := errors.AsType[*LimitedError](err); {
		case ctx.Err() != nil:
			return d, fmt.Errorf("await confirmation: %w", ctx.Err())
		case err == nil && d.State == vault.DeviceActive:
			return d, nil
		case err == nil || errors.Is(err, ErrUnreachable):
		case ok:
			tick.Reset(max(awaitEvery, min(limited.RetryAfter, maxRetry)))
		default:
			return d, err
		}
		select {
		case <-ctx.Done():
			return d, fmt.Errorf("await confirmation: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// settle asks whether a pending pairing was confirmed and keeps the answer. A
// refused one is removed from the vault.
func (in *Inbox) settle(ctx context.Context, id string) (vault.Device, error) {
	d, driver, err := in.device(id)
	if err != nil {
		return vault.Device{}, err
	}
	s, err := driver.Status(ctx, d)
	switch {
	case errors.Is(err, ErrPairingRefused) || errors.Is(err, ErrRevoked):
		removed := in.v.RemoveDevice(id)
		in.drop(id)
		in.note(vault.Event{
			At: time.Now(), Kind: vault.EventUnpaired, Subject: d.App, Account: d.Account, Device: d.ID,
			Detail: "not confirmed at the site",
		})
		in.changed()
		return vault.Device{}, errors.Join(ErrPairingRefused, removed)
	case err != nil:
		return d.Device, err
	case s.State != vault.DeviceActive:
		return d.Device, nil
	}
	now, err := in.v.EditDevice(id, func(d *vault.Device) { d.State = vault.DeviceActive })
	in.changed()
	return now, err
}

// Status asks the server of one pairing what it knows.
func (in *Inbox) Status(ctx context.Context, deviceID string) (Status, error) {
	d, driver, err := in.device(deviceID)
	if err != nil {
		return Status{}, err
	}
	wish := in.wish(deviceID)
	s, err := driver.Status(ctx, d)
	if err == nil {
		in.setPause(deviceID, s.Pause, wish)
	}
	if errors.Is(err, ErrRevoked) && d.State == vault.DeviceActive {
		in.revoke(d.Device)
	}
	return s, err
}

// Rename gives the device of one pairing another name, there and here.
func (in *Inbox) Rename(ctx context.Context, deviceID, name string) error {
	name = Text(name)
	if name == "" {
		return errors.New("rename device: the name is empty")
	}
	d, driver, err := in.device(deviceID)
	if err != nil {
		return err
	}
	if err := driver.Rename(ctx, d, name); err != nil {
		return err
	}
	_, err = in.v.EditDevice(deviceID, func(d *vault.Device) { d.Name = name })
	in.changed()
	return err
}

// Unpair ends one pairing, there and then here. Unless force it fails with
// *LastMethodError where the person would be locked out. With force the pairing
// is removed here even when the server can not be reached.
func (in *Inbox) Unpair(ctx context.Context, deviceID string, force bool) error {
	stored, err := in.v.Device(deviceID)
	if err != nil {
		return fmt.Errorf("unpair: %w", err)
	}
	detail := stored.Server
	if stored.State != vault.DeviceRevoked {
		d, driver, err := in.device(deviceID)
		if err == nil {
			err = driver.Unpair(ctx, d, force)
		}
		if err != nil && !errors.Is(err, ErrRevoked) {
			if !force {
				return err
			}
			detail += ", only here: the server was not told"
		}
	}
	if err := in.v.RemoveDevice(deviceID); err != nil {
		return fmt.Errorf("unpair: %w", err)
	}
	in.drop(deviceID)
	in.note(vault.Event{At: time.Now(), Kind: vault.EventUnpaired, Subject: stored.App, Account: stored.Account, Device: deviceID, Detail: detail})
	in.changed()
	return nil
}

// StartEmail has server send a 6-digit code to address.
func (in *Inbox) StartEmail(ctx context.Context, server, address string) error {
	m, err := in.mailer()
	if err != nil {
		return err
	}
	return m.StartEmail(ctx, server, address)
}

// ConfirmEmail proves with that code that address is the person's, and stores
// it as the vault's owner when the inbox has a vault.
func (in *Inbox) ConfirmEmail(ctx context.Context, server, address, code string) error {
	m, err := in.mailer()
	if err != nil {
		return err
	}
	if err := m.ConfirmEmail(ctx, server, address, code); err != nil || in.v == nil {
		return err
	}
	return in.v.SetOwner(address)
}

// mailer returns the first driver that confirms e-mail addresses.
func (in *Inbox) mailer() (Mailer, error) {
	for _, d := range in.drivers {
		if m, ok := d.(Mailer); ok {
			return m, nil
		}
	}
	return nil, errors.New("confirm e-mail: no driver can do that")
}

// Rotate gives the device of one pairing another key. Errors: ErrNoRotation, and
// those of the driver.
func (in *Inbox) Rotate(ctx context.Context, deviceID string) error {
	d, driver, err := in.device(deviceID)
	if err != nil {
		return err
	}
	r, ok := driver.(Rotator)
	if !ok {
		return ErrNoRotation
	}
	if err := r.Rotate(ctx, d); err != nil {
		return err
	}
	in.note(vault.Event{At: time.Now(), Kind: vault.EventPaired, Subject: d.App, Account: d.Account, Device: d.ID, Detail: "another key for " + d.Server})
	return nil
}

// Scan takes up the request of a link that a sign-in page shows, for servers whose
// requests do not come by themselves. Errors: ErrNotMine, ErrNotPaired when no
// pairing is with the server of the link, ErrExpired, *AnsweredError.
func (in *Inbox) Scan(ctx context.Context, link string) (Request, error) {
	for _, driver := range in.drivers {
		scanner, ok := driver.(Scanner)
		if !ok {
			continue
		}
		r, err := scanner.Scan(in.devicesOf(driver), link)
		if errors.Is(err, ErrNotMine) {
			continue
		}
		if err != nil {
			return Request{}, fmt.Errorf("read link: %w", err)
		}
		if _, err := in.poll(ctx, ctx, r.Device, 0); err != nil {
			return Request{}, fmt.Errorf("read link: %w", err)
		}
		in.changed()
		e, err := in.lookup(r.Device + "/" + r.ID)
		if err != nil {
			return Request{}, cmp.Or(in.noted(r), err)
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		return e.copy(), tooLate(e.Request)
	}
	return Request{}, fmt.Errorf("read link: %w", ErrNotMine)
}

// IsSignIn tells whether link is one that a sign-in page shows, for Scan.
func (in *Inbox) IsSignIn(link string) bool {
	return slices.ContainsFunc(in.drivers, func(d Driver) bool {
		scanner, ok := d.(Scanner)
		if !ok {
			return false
		}
		_, err := scanner.Scan(nil, link)
		return !errors.Is(err, ErrNotMine)
	})
}

// devicesOf are the pairings in force that a driver speaks for.
func (in *Inbox) devicesOf(driver Driver) (all []Device) {
	for _, stored := range in.v.Devices() {
		if stored.Driver != driver.Name() || stored.State != vault.DeviceActive {
			continue
		}
		if d, _, err := in.device(stored.ID); err == nil {
			all = append(all, d)
		}
	}
	return all
}
