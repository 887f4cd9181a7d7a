package identifier

import "rekey/flows"

// Reader reads identifiers for the recovery flow. It is immutable.
type Reader struct {
	Region string // as in Parse
}

// Read reads what a person types, or gives the outcome that refuses it.
func (r Reader) Read(text string) (flows.Identifier, flows.Outcome) {
	return forFlow(Parse(text, r.Region))
}

// Contact reads a phone number as Telegram shares it.
func (r Reader) Contact(phone string) (flows.Identifier, flows.Outcome) {
	return forFlow(Contact(phone))
}

// Suggest corrects a likely slip in an email address.
func (r Reader) Suggest(id flows.Identifier) (flows.Identifier, bool) {
	better, ok := Suggest(ID{Kind: Kind(id.Kind), Canonical: id.Canonical, Display: id.Display})
	if !ok {
		return flows.Identifier{}, false
	}
	found, refusal := r.Read(better)
	return found, refusal == nil
}

func forFlow(id ID, refusal Refusal) (flows.Identifier, flows.Outcome) {
	switch refusal {
	case Accepted:
		return flows.Identifier{Kind: string(id.Kind), Canonical: id.Canonical, Display: id.Display}, nil
	case Empty:
		return flows.Identifier{}, flows.IdentifierMissing{}
	case TooLong:
		return flows.Identifier{}, flows.IdentifierTooLong{}
	case SeveralAddresses:
		return flows.Identifier{}, flows.SeveralIdentifiers{}
	default:
		return flows.Identifier{}, flows.IdentifierMalformed{}
	}
}
