package approve_test

// This file is the smallest whole driver, for docs/drivers.md: of a protocol that
// exists nowhere, with a server for it, taken through an inbox.

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nod/approve"
	"nod/vault"
)

// door is the driver. Its links are door://HOST/TOKEN.
type door struct{ connections *approve.Connections }

func newDoor(client *http.Client) approve.Driver { return &door{approve.NewConnections(client)} }

// Name is written into each pairing: it never changes again.
func (*door) Name() string { return "door" }

// Preview says what the link says, before anything is sent.
func (*door) Preview(link string) (approve.Preview, error) {
	server, _, err := readLink(link, true)
	if err != nil {
		return approve.Preview{}, err
	}
	return approve.Preview{Driver: "door", Server: server, Risks: []string{"The door's owner sees when you come in."}}, nil
}

// readLink is used by Preview and by Pair, so that both understand the same.
func readLink(link string, loopback bool) (server, token string, err error) {
	rest, ok := strings.CutPrefix(link, "door://")
	if !ok {
		return "", "", approve.ErrNotMine // the inbox asks the next driver
	}
	u, err := approve.ServerURL("https://"+rest, loopback)
	if err != nil {
		return "", "", err
	}
	return approve.Origin(u), strings.TrimPrefix(u.Path, "/"), nil
}

// Pair gives the server the public keys of this device and learns the server's.
func (n *door) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	server, token, err := readLink(o.Link, o.Loopback)
	if err != nil {
		return approve.Paired{}, err
	}
	var answer struct {
		ID, App, Account string
		Key              []byte
	}
	question := map[string]any{"token": token, "key": k.Approval().Public()}
	if err := n.post(ctx, o.Trust, server+"/pair", question, &answer); err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	if len(answer.Key) != ed25519.PublicKeySize || answer.ID == "" {
		return approve.Paired{}, fmt.Errorf("pair: %w: it names no key of its own", approve.ErrRefused)
	}
	return approve.Paired{Device: vault.Device{
		Driver: "door", Server: server, RemoteID: answer.ID, ServerKey: answer.Key, Name: approve.Text(o.DeviceName),
		App: approve.Text(answer.App), Account: approve.Text(answer.Account),
		State:  vault.DeviceActive,    // or DevicePending, until Status says that the person confirmed it
		Memory: o.Trust.Remember(nil), // and small facts of the driver, no secrets: those go to k.SetSecret
	}}, nil
}

// knock is what the server signs.
type knock struct {
	ID, Device, From string
	Asked            time.Time
}

// Poll returns everything that waits. What does not verify is counted, not shown.
func (n *door) Poll(ctx context.Context, d approve.Device, _ time.Duration) (approve.Batch, error) {
	var answer []struct{ Knock, Signature []byte }
	if err := n.post(ctx, approve.TrustOf(d.Device), d.Server+"/waiting", d.RemoteID, &answer); err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	batch := approve.Batch{Interval: 5 * time.Second} // this server can not hold an answer back
	for _, a := range answer {
		var k knock
		if !ed25519.Verify(d.ServerKey, a.Knock, a.Signature) || json.Unmarshal(a.Knock, &k) != nil || k.Device != d.RemoteID {
			batch.Dropped++
			continue
		}
		batch.Requests = append(batch.Requests, approve.Request{
			ID: k.ID, Device: d.ID, Server: d.Server, App: d.App, Account: d.Account, Action: "open", IP: approve.Text(k.From),
			AskedAt: k.Asked, ExpiresAt: k.Asked.Add(time.Minute), State: approve.Waiting,
			Acts:      []approve.Act{approve.Accept, approve.Ignore}, // all that this server understands
			Challenge: a.Knock,                                       // the exact bytes, to sign in Answer
		})
	}
	return batch, nil
}

// Answer signs exactly what the person saw.
func (n *door) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	switch {
	case dec.Act == approve.Ignore: // stays here
		return approve.Outcome{State: approve.Ignored, AnsweredBy: d.Name, At: time.Now()}, nil
	case dec.Act != approve.Accept:
		return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrNotOffered)
	case key == nil: // the vault gives it out for the PIN alone
		return approve.Outcome{}, errors.New("answer: accepting needs the approval key")
	}
	signature, err := key.Sign(append([]byte("door accept\n"), r.Challenge...))
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	if err := n.post(ctx, approve.TrustOf(d.Device), d.Server+"/accept", map[string]any{"id": r.ID, "signature": signature}, nil); err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	return approve.Outcome{State: approve.Accepted, AnsweredBy: d.Name, At: time.Now()}, nil
}

// Status, Rename and Unpair have no message in this protocol.
func (*door) Status(_ context.Context, d approve.Device) (approve.Status, error) {
	return approve.Status{State: d.State, App: d.App, Account: d.Account}, nil
}

func (*door) Rename(context.Context, approve.Device, string) error { return nil }

func (*door) Unpair(context.Context, approve.Device, bool) error { return nil }

// post is the one place that speaks to a server, and that turns its answers into the
// errors of package approve.
func (n *door) post(ctx context.Context, trust approve.Trust, address string, question, out any) error {
	client, err := n.connections.Client(trust)
	if err != nil {
		return err
	}
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return approve.ErrAddress // not err, which repeats the address
	}
	answer, err := approve.Call(client, r, 10*time.Second, 64<<10)
	switch {
	case err != nil:
		return err
	case answer.Status == http.StatusGone:
		return approve.ErrRevoked
	case answer.Status >= 400:
		return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, answer.Status)
	case out != nil && json.Unmarshal(answer.Body, out) != nil:
		return fmt.Errorf("%w: what answers there is not a door", approve.ErrUnreachable)
	}
	return nil
}

// A driver is registered by giving it to NewInbox; the inbox does the rest.
func ExampleDriver() {
	v, done, err := exampleVault()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	ctx := context.Background()
	in := approve.NewInbox(v, newDoor(doorServer()))

	p, err := in.Preview("door://door.demo.test/one-time-token")
	fmt.Println(p.Server, p.Risks, err)
	d, err := in.Pair(ctx, approve.Offer{Link: "door://door.demo.test/one-time-token", DeviceName: "ana-laptop"})
	fmt.Println(d.App, d.Account, d.State, err)
	ev, err := in.Fetch(ctx)
	if err != nil || len(ev.Requests) != 1 {
		fmt.Println(ev.Requests, err)
		return
	}
	r := ev.Requests[0]
	fmt.Println(r.Action, r.App, "from", r.IP, "dropped", ev.Servers[0].Dropped)
	out, err := in.Answer(ctx, r.ID, approve.Decision{Act: approve.Accept}, vault.PIN([]byte("739164")))
	fmt.Println(out.State, err)
	fmt.Println(v.History()[0].Kind)
	// Output:
	// https://door.demo.test [The door's owner sees when you come in.] <nil>
	// Front door ana@demo.test active <nil>
	// open Front door from 192.0.2.10 dropped 1
	// accepted <nil>
	// accepted
}

// exampleVault makes a vault in a new directory; done closes and removes it.
func exampleVault() (v *vault.Vault, done func(), err error) {
	dir, err := os.MkdirTemp("", "nod-example")
	if err != nil {
		return nil, nil, err
	}
	v, _, err = vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte("739164"), Cost: vault.FloorCost})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return v, func() { v.Close(); os.RemoveAll(dir) }, nil
}

// inProcess is a client whose server is a function.
type inProcess func(w http.ResponseWriter, path string, body []byte)

func (serve inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	serve(w, r.URL.Path, body.Bytes())
	return w.Result(), nil
}

// doorServer has one knock of its own, and one that somebody else signed.
func doorServer() *http.Client {
	key, forger := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	var device ed25519.PublicKey
	raw, _ := json.Marshal(knock{ID: "k-1", Device: "x-1", From: "192.0.2.10", Asked: time.Now()})
	return &http.Client{Transport: inProcess(func(w http.ResponseWriter, path string, body []byte) {
		var question struct{ Key, Signature []byte }
		_ = json.Unmarshal(body, &question) // of /waiting it is a text
		var answer any
		switch path {
		case "/pair":
			device = question.Key
			answer = map[string]any{"ID": "x-1", "App": "Front door", "Account": "ana@demo.test", "Key": key.Public()}
		case "/waiting":
			answer = []map[string][]byte{
				{"Knock": raw, "Signature": ed25519.Sign(key, raw)},
				{"Knock": raw, "Signature": ed25519.Sign(forger, raw)},
			}
		case "/accept":
			if !ed25519.Verify(device, append([]byte("door accept\n"), raw...), question.Signature) {
				w.WriteHeader(http.StatusForbidden)
			}
		}
		_ = json.NewEncoder(w).Encode(answer)
	})}
}
