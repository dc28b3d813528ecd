package tui

import (
	"bytes"
	"errors"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/protect"
)

// toPIN goes to step 3 of the first run.
func toPIN(d *driver) {
	d.m.config.IdleLock = time.Minute
	d.press("ctrl+s")
	d.see("Choose a PIN")
}

func TestIdleLockCoversFirstRun(t *testing.T) {
	freshBubble(t, testServer, func(d *driver, _ *fakeServer) {
		toPIN(d)
		d.text("7350")
		d.press("enter")
		d.text("73")
		s := d.m.screen.(*firstRun)
		d.wait(59 * time.Second)
		if len(s.pin.typed) != 4 {
			t.Fatal("the PIN went too early")
		}
		typed := s.pin.typed
		d.wait(2 * time.Second)
		d.see("What was typed is gone after 60 seconds without a key.")
		if len(s.pin.typed)+len(s.pin2.typed) != 0 || string(typed) != "\x00\x00\x00\x00" {
			t.Error("the PIN is still in memory")
		}
	})
}

// The recovery code goes from the screen, too. It is lost then: unlocking makes
// another one.
func TestIdleLockCoversRecoveryCode(t *testing.T) {
	freshBubble(t, testServer, func(d *driver, _ *fakeServer) {
		toPIN(d)
		for range 2 {
			d.text("7350")
			d.press("enter")
		}
		s := d.m.screen.(*firstRun)
		first, v := s.proof.code, s.vault
		d.see("Your recovery code", recoveryGroups(first)[0])
		d.wait(61 * time.Second)
		d.hide(recoveryGroups(first)[0])
		d.golden("locked")
		if err := v.SetOwner("ana@demo.test"); !errors.Is(err, vault.ErrLocked) {
			t.Error("the vault is still open")
		}
		d.text("7350")
		d.press("enter")
		d.golden("renewal")
		d.text("9999")
		d.press("enter")
		d.see("Wrong PIN. 9 tries left.")
		d.wait(time.Second)
		d.text("7350")
		d.press("enter")
		p := &d.m.screen.(*renewal).proof
		if p.code == first {
			t.Error("the recovery code is the first one")
		}
		d.golden("code", recoveryMasks(p)...)
		code := p.code
		typeBack(d, p)
		d.see("The new recovery code opens the vault from now on", "No accounts yet")
		d.press("L")
		for _, try := range []struct{ code, see string }{{first, "Wrong recovery code."}, {code, "Choose a new PIN"}} {
			d.press("esc", "f3")
			d.text(try.code)
			d.press("enter")
			d.see(try.see)
		}
	})
}

func TestIdleLockCoversUnlock(t *testing.T) {
	lockedBubble(t, Config{IdleLock: time.Minute}, func(d *driver, _ *fakeServer) {
		d.press("f3")
		d.text("ABCDE")
		d.wait(61 * time.Second)
		d.see("PIN")
		d.hide("ABCDE", "Recovery code  [")
		d.text(testPIN)
		d.press("enter")
		d.see("HelpDesk")
	})
}

// Screens that are below another one are overwritten, too.
func TestLockWipesWhatIsBelow(t *testing.T) {
	inBubble(t, Config{IdleLock: time.Minute}, func(d *driver, _ *fakeServer) {
		d.press("S")
		d.text(testPIN)
		d.press("enter")
		s := d.m.screen.(*revelation)
		secret := s.key.Secret
		d.press("f1")
		if _, ok := d.m.screen.(*help); !ok || !s.shown {
			t.Fatal("the help is not above the secret")
		}
		d.wait(61 * time.Second)
		if !bytes.Equal(secret, make([]byte, len(secret))) {
			t.Error("the secret is still in memory")
		}
	})
}

func TestProtectionIsTold(t *testing.T) {
	ways := func(tpm, keyring error) []vault.Protection {
		return []vault.Protection{
			{Kind: protect.KindTPM, Ready: tpm, Sentence: "TPM sentence."},
			{Kind: protect.KindKeyring, Ready: keyring, Sentence: "Keyring sentence."},
			{Kind: protect.KindCredential, Sentence: "Credential sentence."},
			{Kind: protect.KindFile, Sentence: "File sentence."},
			{Kind: protect.KindNone, Sentence: "Passphrase sentence."},
		}
	}
	denied := errors.New("you may not use /dev/tpmrm0; join the group tss")
	locked := errors.New("the keyring is locked; unlock it")
	for _, test := range []struct {
		name         string
		tpm, keyring error
		see, hide    []string
	}{
		{"best", nil, nil, []string{"TPM sentence."}, []string{"would be better", "six digits"}},
		{"absent", protect.ErrAbsent, nil, []string{"Keyring sentence."}, []string{"would be better"}},
		{"denied", denied, nil, []string{"Keyring sentence.", "The TPM would be better, but it is not ready:", "join the group tss."}, nil},
		{"none", denied, locked, []string{"File sentence.", "The TPM would be", "The keyring of your login would be", "six digits"}, []string{"Credential"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			freshBubble(t, testServer, func(d *driver, _ *fakeServer) {
				d.m.screen.(*firstRun).ways = nil
				d.press("ctrl+s")
				d.see("Looking at how this computer can protect a PIN.")
				d.send(protectionsMsg{list: ways(test.tpm, test.keyring)})
				d.see(test.see...)
				d.hide(test.hide...)
				if test.name == "none" {
					d.golden("none")
				}
			})
		})
	}
}

func TestShuffled(t *testing.T) {
	seen := map[[2]int]bool{}
	for i := range 256 {
		order, err := shuffled(constant(i), 8)
		if err != nil {
			t.Fatal(err)
		}
		p := newProof("A-B-C-D-E-F-G-H", order)
		pair := p.pair()
		if pair[0] >= pair[1] || pair[0] < 0 || pair[1] > 7 {
			t.Fatalf("groups %v", pair)
		}
		seen[pair] = true
	}
	if len(seen) < 25 { // of 28 pairs
		t.Errorf("only %d different pairs in 256", len(seen))
	}
	if _, err := shuffled(broken{}, 8); err == nil {
		t.Error("no error where there is no randomness")
	}
}

// constant is randomness of one byte.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestSuspend(t *testing.T) {
	inBubble(t, Config{IdleLock: time.Minute}, func(d *driver, _ *fakeServer) {
		d.press("ctrl+z")
		if got := d.screen(); got != "" {
			t.Errorf("suspended it draws:\n%s", got)
		}
		if len(d.sent) == 0 {
			t.Fatal("the program was not suspended")
		}
		d.press("y") // reaches nobody
		d.send(tea.ResumeMsg{})
		d.see("HelpDesk", "codes hidden")
		d.press("H", "S")
		d.text(testPIN)
		d.press("enter")
		d.see("Secret key")
		s := d.m.screen.(*revelation)
		d.send(stopMsg{}) // kill -TSTP
		time.Sleep(2 * time.Minute)
		if d.screen() != "" || s.shown {
			t.Error("a secret is still there")
		}
		d.send(tea.ResumeMsg{})
		d.see("locked")
		d.hide("HelpDesk")
	})
}

func TestBlur(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		if !d.m.View().ReportFocus || !d.m.View().AltScreen {
			t.Error("the view asks for no focus events or no alternate screen")
		}
		d.send(tea.BlurMsg{})
		d.hide("codes hidden") // nobody has asked for it
		d.press("H", "H")
		d.hide("codes hidden")
		d.send(tea.BlurMsg{})
		d.see("codes hidden")
	})
}
