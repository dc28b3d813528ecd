package container

// This file tells the server which tokens are here and reads what it makes of that.

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"nod/approve"
)

const syncPath = "synchronize"

type syncBody struct {
	Serial     string `json:"container_serial"`
	Key        string `json:"public_enc_key_client"`
	Dictionary string `json:"container_dict_client"`
	Signature  string `json:"signature"`
}

// sealed is the answer to a synchronisation.
type sealed struct {
	Key        string `json:"public_server_key"`
	Text       string `json:"container_dict_server"`
	Algorithm  string `json:"encryption_algorithm"`
	Parameters struct {
		Algorithm string `json:"algorithm"`
		Mode      string `json:"mode"`
		Vector    string `json:"init_vector"`
		Tag       string `json:"tag"`
	} `json:"encryption_params"`
	ServerURL string                     `json:"server_url"`
	Policies  map[string]json.RawMessage `json:"policies"`
}

// Sync tells the server which tokens are here. Once the call is sent the server may
// have made new secrets, whatever becomes of the answer; those are in the answer to
// the next call then.
func (d *driver) Sync(ctx context.Context, dev approve.Device, have []approve.Held) (approve.Synced, error) {
	dictionary, err := writeDictionary(dev.RemoteID, have)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w", err)
	}
	t, err := d.challenge(ctx, dev, syncPath)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w", err)
	}
	if t.Encryption != "x25519" {
		return approve.Synced{}, fmt.Errorf("synchronise: %w: it wants to seal its answer in a way that this nod does not know", approve.ErrRefused)
	}
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: make a key: %w", err)
	}
	body := syncBody{Serial: t.serial, Key: base64.URLEncoding.EncodeToString(key.PublicKey().Bytes()), Dictionary: dictionary}
	if body.Signature, err = sign(dev.Secret, t.parts(body.Key, body.Dictionary)...); err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w", err)
	}
	r, err := d.send(ctx, approve.TrustOf(dev.Device), t.address, body, syncTime)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w; it may have renewed tokens: synchronise again to get them", err)
	}
	var s sealed
	if err := r.read(&s); err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w", err)
	}
	synced, err := s.open(key, dev.RemoteID, have)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("synchronise: %w; it may have renewed tokens", err)
	}
	b, err := baseOf(dev)
	if moved, bad := readBase(s.ServerURL, true); err == nil && bad == nil && approve.Origin(moved.url) != approve.Origin(b.url) {
		synced.Warnings = append(synced.Warnings, "The server names another address than the one that was agreed to: "+
			approve.LongText(approve.Origin(moved.url))+". nod keeps to the old one; register again to change it.")
	}
	return synced, nil
}

// open opens an answer with the key that was made for it.
func (s sealed) open(key *ecdh.PrivateKey, serial string, have []approve.Held) (approve.Synced, error) {
	text, err := s.unseal(key)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("%w: %w", approve.ErrRefused, err)
	}
	defer clear(text)
	dictionary, err := readDictionary(text)
	if err != nil {
		return approve.Synced{}, fmt.Errorf("%w: %w", approve.ErrRefused, err)
	}
	if dictionary.serial != "" && dictionary.serial != serial {
		return approve.Synced{}, fmt.Errorf("%w: its answer is about another container", approve.ErrRefused)
	}
	synced := dictionary.compare(have)
	synced.Policies = s.policies()
	return synced, nil
}

// policyNames are those that the server tells devices.
var policyNames = []string{
	"container_client_rollover", "initially_add_tokens_to_container", "disable_client_token_deletion", "disable_client_container_unregister",
}

func (s sealed) policies() map[string]bool {
	all := map[string]bool{}
	for _, name := range policyNames {
		var on bool
		if json.Unmarshal(s.Policies[name], &on) == nil {
			all[name] = on
		}
	}
	return all
}

var errSealed = errors.New("its answer can not be opened: it is not sealed for this device")
