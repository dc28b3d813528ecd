package sim

// Phones in files, so that they outlive the program. The keys are not protected:
// these files are for tests only.

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"nod/approve/protocol"
)

// phoneFile is what a file holds: keys as the base64url of 32 bytes.
type phoneFile struct {
	Version   int    `json:"version"`
	Server    string `json:"server"`
	Device    string `json:"device_id"`
	Name      string `json:"name"`
	App       string `json:"app"`
	Account   string `json:"account"`
	ServerKey string `json:"server_key"`
	Transport string `json:"transport_seed"`
	Approval  string `json:"approval_seed"`
}

const phoneFileVersion = 1

// Save writes the phone with its keys, unprotected, to a file of its own in dir,
// which only this user may read.
func (p *Phone) Save(dir string) error {
	if p.pairing.device == "" {
		return fmt.Errorf("save phone: %w", errUnpaired)
	}
	seed := func(s signer) string { return base64.RawURLEncoding.EncodeToString(s.Seed()) }
	text, err := json.MarshalIndent(phoneFile{
		Version: phoneFileVersion, Server: p.pairing.server, Device: p.pairing.device, Name: p.pairing.name,
		App: p.pairing.app, Account: p.pairing.account, ServerKey: protocol.EncodeKey(p.pairing.key),
		Transport: seed(p.transport), Approval: seed(p.approval),
	}, "", "  ")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = writeWhole(dir, "phone-"+protocol.Thumbprint(p.transport.Public())[:16]+".json", append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("save phone: %w", err)
	}
	return nil
}

// writeWhole writes a file that is never there half.
func writeWhole(dir, name string, text []byte) error {
	f, err := os.CreateTemp(dir, "."+name+".") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// LoadPhones reads the phones that Save has written to dir, by the names of their
// files; none where there is no such directory. Their fields are to be set as
// those of a new Phone, save for client, which all get.
func LoadPhones(dir string, client *http.Client) ([]*Phone, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load phones: %w", err)
	}
	var phones []*Phone
	for _, entry := range entries {
		if match, _ := filepath.Match("phone-*.json", entry.Name()); !match { // the pattern is right
			continue
		}
		file := filepath.Join(dir, entry.Name())
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("load phone: %w", err)
		}
		p, err := readPhone(text)
		if err != nil {
			return nil, fmt.Errorf("load phone %s: %w", file, err)
		}
		p.Client = client
		phones = append(phones, p)
	}
	return phones, nil
}

// readPhone reads the content of a file.
func readPhone(text []byte) (*Phone, error) {
	var f phoneFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	if f.Version != phoneFileVersion {
		return nil, fmt.Errorf("version %d is not known", f.Version)
	}
	origin, err := protocol.Origin(f.Server)
	if err != nil {
		return nil, err
	}
	if f.Device == "" || f.Name == "" {
		return nil, errors.New("it has no id or no name")
	}
	key, err := protocol.DecodeKey(f.ServerKey)
	if err != nil {
		return nil, err
	}
	transport, err := readSigner(f.Transport)
	if err != nil {
		return nil, err
	}
	approval, err := readSigner(f.Approval)
	if err != nil {
		return nil, err
	}
	return &Phone{
		pairing:   pairing{server: origin, device: f.Device, name: f.Name, app: f.App, account: f.Account, key: key},
		transport: transport, approval: approval,
	}, nil
}

func readSigner(text string) (signer, error) {
	seed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return signer{}, errors.New("a key is not 32 bytes in base64url")
	}
	return signer{ed25519.NewKeyFromSeed(seed)}, nil
}
