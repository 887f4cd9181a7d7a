package sqlite

import (
	"testing"

	"rekey/flows"
	"rekey/store/storetest"
)

func TestConversations(t *testing.T) {
	storetest.Conversations(t, func(tb testing.TB) flows.Conversations {
		return NewConversations(openTest(tb, nil))
	})
}
