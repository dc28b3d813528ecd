package vault

import "strings"

// Find is here until the code branch brings it.
func (v *Vault) Find(query string) (found []Account) {
	for _, x := range v.Accounts() {
		if x.ID == query {
			return []Account{x}
		}
		if strings.Contains(strings.ToLower(x.Issuer+" "+x.Name), strings.ToLower(query)) {
			found = append(found, x)
		}
	}
	return found
}
