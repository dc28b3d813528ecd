package tui

// qr.go tells what the QR code of an account holds and who can read it, and
// draws it where there is room.

import (
	"fmt"
	"strings"

	"nod/scan/draw"
	"nod/vault/otp"
)

// QRLink is the setup link of k as a QR code holds it: without what every reader
// assumes anyway, so that the code gets smaller.
func QRLink(k otp.Key) string {
	link := k.URI()
	if k.Type != otp.TOTP && k.Type != otp.HOTP {
		return link
	}
	for _, usual := range []string{"&algorithm=SHA1", "&digits=6", "&period=30"} {
		if rest, ok := strings.CutSuffix(link, usual); ok {
			link = rest
		} else {
			link = strings.Replace(link, usual+"&", "&", 1)
		}
	}
	return link
}

// QRNote says what other apps make of the QR code of k; "" is nothing to mind.
func QRNote(k otp.Key) string {
	switch {
	case k.Type == otp.HOTP:
		return fmt.Sprintf("It hands over counter %d. From then on nod and the other app count each for itself: use only one of them.", k.Counter)
	case k.Type == otp.Steam:
		return "Steam codes: nod and Aegis read this QR code, most other apps refuse it or make wrong codes of it."
	case k.Type == otp.MOTP:
		return "mOTP codes: nod and Aegis read this QR code, most other apps do not. It holds the account's own PIN, too."
	case k.Type == otp.Yandex:
		return "Yandex codes: nod and Aegis read this QR code, most other apps do not. It holds the account's own PIN, too."
	case k.Algorithm != otp.SHA1 || k.Digits != 6 || k.Period != 30:
		return fmt.Sprintf("It asks for %s, %d digits and %d s. Some apps take SHA1, 6 digits and 30 s all the same: compare their first code with nod's.",
			k.Algorithm, k.Digits, k.Period)
	}
	return ""
}

// qrLines draws a code with the largest margin that leaves it in w by h cells;
// nothing where it does not fit whole: a part can not be scanned.
func (m *Model) qrLines(code *draw.Code, w, h int) []string {
	style := draw.Style{ASCII: m.config.ASCII, Bare: m.styles.colourless, OnDark: m.dark}
	for _, style.Margin = range []int{draw.Margin, 2, 1} {
		if width, height := code.Cells(style); width <= w && height <= h {
			return code.Lines(style)
		}
	}
	return nil
}
