package protocol

// This file signs and verifies HTTP requests: a profile of RFC 9421 with nothing
// to negotiate. One label, three components, six parameters in one order, and
// the digest of RFC 9530 also for an empty body. A field that is not byte for
// byte what this profile would write is refused, so that there is one reading.

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

const (
	sigLabel = "nod"
	sigAlg   = "ed25519"
	sigTag   = "nod-v1"
)

// component is one line of a signature base.
type component struct{ name, value string }

// SignRequest adds Content-Digest, Signature-Input and Signature to r. body is
// exactly what r will send (nil for none). now is the server's time.
func SignRequest(r *http.Request, body []byte, key Signer, now time.Time) error {
	digest, err := contentDigest(body)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	covered := covers(r.Method, targetURI(r), digest)
	input := signatureInput(covered, now, Nonce(), Thumbprint(key.Public()))
	base, err := signatureBase(covered, input)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	sig, err := key.Sign([]byte(base))
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	inputField, err := field(input)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	sigField, err := field(httpsfv.NewItem(sig))
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	r.Header.Set("Content-Digest", digest)
	r.Header.Set("Signature-Input", inputField)
	r.Header.Set("Signature", sigField)
	return nil
}

// Verified is what a request signature proved.
type Verified struct {
	KeyID   string // thumbprint of the key
	Nonce   string // the caller must refuse to see it twice within 2*MaxSignatureAge
	Created time.Time
}

// VerifyRequest checks the signature of r. target is the absolute URI that the
// client must have meant (the server's own origin + path + query); lookup
// returns the public key of a key id. Errors: *SignatureError, lookup's.
func VerifyRequest(r *http.Request, body []byte, target string, lookup func(keyID string) (ed25519.PublicKey, error), now time.Time) (Verified, error) {
	digest, err := contentDigest(body)
	if err != nil {
		return Verified{}, fmt.Errorf("verify request: %w", err)
	}
	if got := r.Header.Values("Content-Digest"); len(got) != 1 || got[0] != digest {
		return Verified{}, refuse("content-digest is missing or not that of the body")
	}
	member, err := onlyMember(r.Header.Values("Signature-Input"))
	if err != nil {
		return Verified{}, refuse("signature-input: " + err.Error())
	}
	input, ok := member.(httpsfv.InnerList)
	if !ok {
		return Verified{}, refuse("signature-input: not a list of components")
	}
	covered := covers(r.Method, target, digest)
	p, err := readParams(input, covered)
	if err != nil {
		return Verified{}, err
	}
	sig, err := readSignature(r.Header.Values("Signature"))
	if err != nil {
		return Verified{}, err
	}
	pub, err := lookup(p.keyID)
	if err != nil {
		return Verified{}, err
	}
	base, err := signatureBase(covered, input)
	if err != nil {
		return Verified{}, refuse(err.Error())
	}
	if len(pub) != ed25519.PublicKeySize || Thumbprint(pub) != p.keyID || !ed25519.Verify(pub, []byte(base), sig) {
		return Verified{}, refuse("the signature does not verify")
	}
	// The time comes last: Skew then tells that nothing else is wrong.
	if err := checkWindow(p.created, p.expires, now); err != nil {
		return Verified{}, err
	}
	return Verified{KeyID: p.keyID, Nonce: p.nonce, Created: time.Unix(p.created, 0)}, nil
}

// covers returns the components of the profile, in its order.
func covers(method, target, digest string) []component {
	if method == "" {
		method = http.MethodGet
	}
	return []component{{"@method", method}, {"@target-uri", target}, {"content-digest", digest}}
}

// targetURI is the absolute URI that r will be sent to, without a fragment.
func targetURI(r *http.Request) string {
	return r.URL.Scheme + "://" + r.URL.Host + r.URL.RequestURI()
}

// contentDigest is the Content-Digest field of body (RFC 9530).
func contentDigest(body []byte) (string, error) {
	sum := sha256.Sum256(body)
	d := httpsfv.NewDictionary()
	d.Add("sha-256", httpsfv.NewItem(sum[:]))
	return httpsfv.Marshal(d)
}

// signatureInput is the inner list of Signature-Input: the components and the
// six parameters, in the order of the profile.
func signatureInput(covered []component, now time.Time, nonce, keyID string) httpsfv.InnerList {
	p := httpsfv.NewParams()
	p.Add("created", now.Unix())
	p.Add("expires", now.Add(MaxSignatureAge).Unix())
	p.Add("nonce", nonce)
	p.Add("keyid", keyID)
	p.Add("alg", sigAlg)
	p.Add("tag", sigTag)
	return httpsfv.InnerList{Items: componentNames(covered), Params: p}
}

func componentNames(covered []component) []httpsfv.Item {
	items := make([]httpsfv.Item, len(covered))
	for i, c := range covered {
		items[i] = httpsfv.NewItem(c.name)
	}
	return items
}

// signatureBase is the text that is signed (RFC 9421, 2.5), for any components
// and parameters.
func signatureBase(covered []component, input httpsfv.InnerList) (string, error) {
	params, err := httpsfv.Marshal(httpsfv.List{input})
	if err != nil {
		return "", fmt.Errorf("signature base: %w", err)
	}
	var b strings.Builder
	for _, c := range covered {
		if strings.ContainsAny(c.value, "\r\n") {
			return "", fmt.Errorf("signature base: %s has more than one line", c.name)
		}
		fmt.Fprintf(&b, "%q: %s\n", c.name, c.value)
	}
	b.WriteString(`"@signature-params": ` + params)
	return b.String(), nil
}

// field is the header field that holds m under the profile's label.
func field(m httpsfv.Member) (string, error) {
	d := httpsfv.NewDictionary()
	d.Add(sigLabel, m)
	return httpsfv.Marshal(d)
}

// onlyMember reads a field that must hold our label, nothing else, and be
// written exactly as field would write it. (A dictionary may name a key twice,
// and the last one wins; comparing the text rules that out, too.)
func onlyMember(values []string) (httpsfv.Member, error) {
	if len(values) != 1 {
		return nil, fmt.Errorf("%d fields instead of one", len(values))
	}
	d, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return nil, fmt.Errorf("not a structured field")
	}
	m, ok := d.Get(sigLabel)
	if !ok || len(d.Names()) != 1 {
		return nil, fmt.Errorf("not exactly the label %q", sigLabel)
	}
	if again, err := field(m); err != nil || again != values[0] {
		return nil, fmt.Errorf("not in the one form of the profile")
	}
	return m, nil
}

// sigParams are the parameters that differ from request to request.
type sigParams struct {
	created, expires int64
	nonce, keyID     string
}

// readParams checks that input is the profile's for covered and returns what varies.
func readParams(input httpsfv.InnerList, covered []component) (sigParams, error) {
	var p sigParams
	var ok [4]bool
	created, _ := input.Params.Get("created")
	expires, _ := input.Params.Get("expires")
	nonce, _ := input.Params.Get("nonce")
	keyID, _ := input.Params.Get("keyid")
	p.created, ok[0] = created.(int64)
	p.expires, ok[1] = expires.(int64)
	p.nonce, ok[2] = nonce.(string)
	p.keyID, ok[3] = keyID.(string)
	if ok != [4]bool{true, true, true, true} {
		return sigParams{}, refuse("a parameter is missing or of the wrong type")
	}
	want := signatureInput(covered, time.Unix(p.created, 0), p.nonce, p.keyID)
	want.Params.Add("expires", p.expires) // replaces the value, keeps the place
	wantText, err := httpsfv.Marshal(httpsfv.List{want})
	if err != nil {
		return sigParams{}, refuse("a parameter can not be written")
	}
	gotText, err := httpsfv.Marshal(httpsfv.List{input})
	if err != nil || gotText != wantText {
		return sigParams{}, refuse("components or parameters are not those of the profile")
	}
	if !isNonce(p.nonce) {
		return sigParams{}, refuse("the nonce is not 16 bytes in base64url")
	}
	return p, nil
}

// readSignature returns the 64 bytes of the Signature field.
func readSignature(values []string) ([]byte, error) {
	member, err := onlyMember(values)
	if err != nil {
		return nil, refuse("signature: " + err.Error())
	}
	item, ok := member.(httpsfv.Item)
	if !ok {
		return nil, refuse("signature: not a byte sequence")
	}
	sig, ok := item.Value.([]byte)
	if !ok || len(item.Params.Names()) != 0 || len(sig) != ed25519.SignatureSize {
		return nil, refuse("signature: not 64 bytes")
	}
	return sig, nil
}

// checkWindow checks the times that a signature carries: at most
// MaxSignatureAge long, made at most that long ago or ahead, and not over.
func checkWindow(created, expires int64, now time.Time) error {
	age := int64(MaxSignatureAge / time.Second)
	switch t := now.Unix(); {
	case created <= 0 || expires <= created || expires-created > age:
		return refuse("it expires before it begins or later than 60 s after")
	case created > t+age:
		return late("it was made in the future; the clocks differ")
	case created < t-age || t > expires:
		return late("it is too old, or the clocks differ")
	}
	return nil
}
