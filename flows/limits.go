package flows

import "time"

// Limits are the figures that bound guesses, sends, flows and lives. Their
// defaults, units and sources stand in docs/operations.md.
type Limits struct {
	ConversationLife      time.Duration
	CodeLife              time.Duration
	GrantLife             time.Duration
	CodeDigits            int
	ResendFirst           time.Duration
	ResendSecond          time.Duration
	ResendsPerFlow        int
	BackoffFirst          time.Duration
	BackoffMost           time.Duration
	GuessesPerCode        int
	GuessesPerAccountDay  int
	GuessesPerChatDay     int
	GuessesInARow         int
	FlowsPerChat15Min     int
	FlowsPerChatDay       int
	IdentifiersPerChatDay int
	SendsPerAccountHour   int
	SendsPerAccountDay    int
	SMSPerPrefix10Min     int
	SMSPerPrefixDay       int
	SMSPerDay             int
	SMSPerCountryFree     int
	SMSPerCountryMean     int
	SMSUsedPercent        int
	SMSPause              time.Duration
	MailsPerMinute        int
	WrongPer10Min         int
	WrongPerDay           int
	CallerVerified        time.Duration
	TalksPerChatDay       int
	TalksPerHour          int
	LinesPerMinute        int
}
