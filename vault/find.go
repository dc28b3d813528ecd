package vault

// This file finds accounts by what a person types. The texts of all accounts are kept
// as one, in lower case, because a search in that is quick: about a millisecond among
// 10,000.

import "strings"

// Find returns the accounts that match query best, oldest first; more than one is
// for the caller to tell apart. The first of these that finds any: the id; the whole
// issuer, or issuer and name with a space or colon between; every word in issuer,
// name or tags; every word's letters in issuer or name, in that order and beginning
// with the letter of a word there ("ghb" for "GitHub"). Letter case does not matter.
// An empty query finds all. The accounts share memory with those of Accounts.
func (v *Vault) Find(query string) []Account {
	v.mu.RLock()
	shown, texts := v.shown, v.texts
	at, ok := 0, false
	if v.contents != nil {
		at, ok = v.contents.places[idOf(query)]
	}
	v.mu.RUnlock()
	if ok {
		return shown[at : at+1 : at+1]
	}
	if texts == nil {
		texts = newTexts(shown)
		v.keepTexts(shown, texts)
	}
	return texts.find(shown, query)
}

// idOf is query as an id is written, small letters before the dash and capitals behind it.
func idOf(query string) string {
	kind, letters, _ := strings.Cut(strings.TrimSpace(query), "-")
	return strings.ToLower(kind) + "-" + strings.ToUpper(letters)
}

// keepTexts keeps the texts of shown for the next query, if it is the present list.
func (v *Vault) keepTexts(shown []Account, texts *texts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(shown) > 0 && len(v.shown) == len(shown) && &v.shown[0] == &shown[0] {
		v.texts = texts
	}
}

// texts are the texts of accounts: issuer, name and tags of each, in lower case and
// each with a line's end behind it.
type texts struct {
	all   string
	marks []textMarks
}

// textMarks are where an account's issuer begins, and where the parts of it end.
type textMarks struct{ begin, issuer, name, end int }

func newTexts(accounts []Account) *texts {
	t := &texts{marks: make([]textMarks, len(accounts))}
	var b strings.Builder
	b.Grow(64 * len(accounts))
	add := func(text string) (end int) {
		b.WriteString(strings.ToLower(text))
		b.WriteByte('\n')
		return b.Len() - 1
	}
	for i := range accounts {
		m := &t.marks[i]
		m.begin = b.Len()
		m.issuer = add(accounts[i].Issuer)
		m.name = add(accounts[i].Name)
		for _, tag := range accounts[i].Tags {
			add(tag)
		}
		m.end = b.Len()
	}
	t.all = b.String()
	return t
}

func (t *texts) find(accounts []Account, query string) []Account {
	query = strings.ToLower(strings.TrimSpace(query))
	words := strings.Fields(query)
	if len(words) == 0 {
		return accounts[:len(accounts):len(accounts)]
	}
	var found []Account
	for i, m := range t.marks {
		if isName(t.all[m.begin:m.issuer], t.all[m.issuer+1:m.name], query) {
			found = append(found, accounts[i])
		}
	}
	if found != nil {
		return found
	}
	if found = t.findWords(accounts, words); found != nil {
		return found
	}
	for i, m := range t.marks {
		if hasLetters(t.all[m.begin:m.name], words) {
			found = append(found, accounts[i])
		}
	}
	return found
}

// isName tells whether query is the issuer, or issuer and name.
func isName(issuer, name, query string) bool {
	rest, ok := strings.CutPrefix(query, issuer)
	if !ok || issuer == "" {
		return false
	}
	return rest == "" || (rest[0] == ' ' || rest[0] == ':') && strings.TrimSpace(rest[1:]) == name
}

// findWords returns the accounts that have every word.
func (t *texts) findWords(accounts []Account, words []string) (found []Account) {
	first := words[0]
	for _, w := range words {
		if len(w) > len(first) { // mostly the rarer one
			first = w
		}
	}
	i := 0
	for at := 0; ; at = t.marks[i].end {
		n := strings.Index(t.all[at:], first)
		if n < 0 {
			return found
		}
		for at += n; t.marks[i].end <= at; i++ {
		}
		if hasWords(t.all[t.marks[i].begin:t.marks[i].end], words) {
			found = append(found, accounts[i])
		}
	}
}

// hasWords tells whether text has every word.
func hasWords(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// hasLetters tells whether a line of text has the letters of every word.
func hasLetters(text string, words []string) bool {
	issuer, name, _ := strings.Cut(text, "\n")
	for _, w := range words {
		if !lettersIn(issuer, w) && !lettersIn(name, w) {
			return false
		}
	}
	return true
}

// lettersIn tells whether text has the letters of word, in their order and from the
// beginning of a word on.
func lettersIn(text, word string) bool {
	for at := range len(text) {
		if text[at] == word[0] && (at == 0 || !isLetter(text[at-1])) {
			// The first beginning is the best one: later ones have less behind them.
			return inOrder(text[at:], word)
		}
	}
	return false
}

// isLetter tells whether c is a letter or digit, or a part of one.
func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}

// inOrder tells whether text has the bytes of word in their order.
func inOrder(text, word string) bool {
	for i := 0; i < len(text) && word != ""; i++ {
		if text[i] == word[0] {
			word = word[1:]
		}
	}
	return word == ""
}
