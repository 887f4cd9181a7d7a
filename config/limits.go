package config

import "time"

// Limits bounds guesses, sends, flows and lives. A limit of an account counts
// over all its identifiers, and one of the deployment over all replicas. Its
// fields are in the order in which the flows declare the same figures, so that
// one struct converts to the other.
type Limits struct {
	ConversationLife      time.Duration `env:"REKEY_CONVERSATION_LIFE" default:"30m" doc:"How long a conversation may take from start to end." source:"ours"`
	CodeLife              time.Duration `env:"REKEY_CODE_LIFE" default:"10m" max:"1h" doc:"How long a verification code is valid." source:"ASVS 6.5.5; NIST SP 800-63B-4"`
	GrantLife             time.Duration `env:"REKEY_GRANT_LIFE" default:"10m" max:"1h" doc:"How long after a correct code the new password may be set." source:"ours"`
	CodeDigits            int           `env:"REKEY_CODE_DIGITS" default:"8" min:"6" max:"12" unit:"digits" doc:"The length of a verification code." source:"OWASP 6 to 12; NIST SP 800-63B-4, 4.2.1.2, at least 6"`
	ResendFirst           time.Duration `env:"REKEY_RESEND_FIRST" default:"60s" doc:"The wait before a code can be sent again." source:"Twilio; ours"`
	ResendSecond          time.Duration `env:"REKEY_RESEND_SECOND" default:"120s" doc:"The wait after the first resend." source:"Twilio; ours"`
	ResendsPerFlow        int           `env:"REKEY_LIMIT_RESENDS_PER_FLOW" default:"2" min:"0" unit:"resends" doc:"Resends in one recovery." source:"Twilio; ours"`
	BackoffFirst          time.Duration `env:"REKEY_BACKOFF_FIRST" default:"30s" doc:"The wait for a new code after one whose guesses were used up; it doubles with each such code in a day." source:"NIST SP 800-63B-4, 3.2.2"`
	BackoffMost           time.Duration `env:"REKEY_BACKOFF_MOST" default:"1h" doc:"The longest such wait." source:"NIST SP 800-63B-4, 3.2.2"`
	GuessesPerCode        int           `env:"REKEY_LIMIT_GUESSES_PER_CODE" default:"5" max:"100" unit:"guesses" doc:"Guesses at one code." source:"Kratos; NIST SP 800-63B-4, 3.2.2, at most 100"`
	GuessesPerAccountDay  int           `env:"REKEY_LIMIT_GUESSES_PER_ACCOUNT_DAY" default:"10" unit:"guesses" doc:"Guesses at codes of one account in a day." source:"ours"`
	GuessesPerChatDay     int           `env:"REKEY_LIMIT_GUESSES_PER_CHAT_DAY" default:"20" unit:"guesses" doc:"Guesses from one chat in a day." source:"ours"`
	GuessesInARow         int           `env:"REKEY_LIMIT_GUESSES_IN_A_ROW" default:"50" unit:"guesses" doc:"Wrong guesses at codes of one account with no right one between; beyond, its recovery is closed until rekey accounts unlock." source:"NIST SP 800-63B-4, 3.2.2, at most 100"`
	FlowsPerChat15Min     int           `env:"REKEY_LIMIT_FLOWS_PER_CHAT_15MIN" default:"3" unit:"recoveries" doc:"Recoveries begun in one chat in 15 minutes." source:"ours"`
	FlowsPerChatDay       int           `env:"REKEY_LIMIT_FLOWS_PER_CHAT_DAY" default:"10" unit:"recoveries" doc:"Recoveries begun in one chat in a day." source:"ours"`
	IdentifiersPerChatDay int           `env:"REKEY_LIMIT_IDENTIFIERS_PER_CHAT_DAY" default:"5" unit:"identifiers" doc:"Different identifiers typed in one chat in a day." source:"ours"`
	SendsPerAccountHour   int           `env:"REKEY_LIMIT_SENDS_PER_ACCOUNT_HOUR" default:"3" unit:"messages" doc:"Codes sent to one account in an hour." source:"OWASP; ours"`
	SendsPerAccountDay    int           `env:"REKEY_LIMIT_SENDS_PER_ACCOUNT_DAY" default:"5" unit:"messages" doc:"Codes sent to one account in a day." source:"OWASP; ours"`
	SMSPerPrefix10Min     int           `env:"REKEY_LIMIT_SMS_PER_PREFIX_10MIN" default:"5" unit:"messages" doc:"SMS to numbers that differ only in the last four digits, in 10 minutes." source:"Twilio; GitLab; ours"`
	SMSPerPrefixDay       int           `env:"REKEY_LIMIT_SMS_PER_PREFIX_DAY" default:"20" unit:"messages" doc:"SMS to numbers that differ only in the last four digits, in a day." source:"Twilio; GitLab; ours"`
	SMSPerDay             int           `env:"REKEY_LIMIT_SMS_PER_DAY" default:"1000" unit:"messages" doc:"SMS of the whole deployment in a day: the cap on spending." source:"Twilio; ours"`
	SMSPerCountryFree     int           `env:"REKEY_LIMIT_SMS_PER_COUNTRY_FREE" default:"50" unit:"messages" doc:"SMS to one country in a day that need no comparison with the days before." source:"ours"`
	SMSPerCountryMean     int           `env:"REKEY_LIMIT_SMS_PER_COUNTRY_MEAN" default:"3" unit:"times the mean" doc:"SMS to one country in a day, beyond the free ones, as a multiple of the mean of the seven days before." source:"Twilio; ours"`
	SMSUsedPercent        int           `env:"REKEY_SMS_USED_PERCENT" default:"20" min:"0" max:"100" unit:"percent" doc:"How many of the last 50 codes by SMS to one country must have been used; while fewer were, SMS there pause." source:"Twilio; GitLab; ours"`
	SMSPause              time.Duration `env:"REKEY_SMS_PAUSE" default:"1h" doc:"While SMS to a country pause, how often one goes there all the same, to see whether its code is used." source:"ours"`
	MailsPerMinute        int           `env:"REKEY_LIMIT_MAILS_PER_MINUTE" default:"60" unit:"mails" doc:"Mails of the whole deployment in a minute." source:"ours"`
	WrongPer10Min         int           `env:"REKEY_LIMIT_WRONG_PER_10MIN" default:"200" unit:"wrong codes" doc:"Wrong codes of the whole deployment in 10 minutes; beyond, new codes are longer." source:"ours"`
	WrongPerDay           int           `env:"REKEY_LIMIT_WRONG_PER_DAY" default:"2000" unit:"wrong codes" doc:"Wrong codes of the whole deployment in a day; beyond, new codes are longer." source:"ours"`
	CallerVerified        time.Duration `env:"REKEY_CALLER_VERIFIED" default:"10m" doc:"How long support sees the details of an account after its caller was verified." source:"ours"`
	TalksPerChatDay       int           `env:"REKEY_LIMIT_TALKS_PER_CHAT_DAY" default:"10" unit:"talks" doc:"Talks with support that one chat begins in a day." source:"ours"`
	TalksPerHour          int           `env:"REKEY_LIMIT_TALKS_PER_HOUR" default:"60" unit:"cases" doc:"Cases of the whole deployment that people open by asking for support in the chat, in an hour; beyond, they are given the support address." source:"ours"`
	LinesPerMinute        int           `env:"REKEY_LIMIT_TALK_LINES_PER_MINUTE" default:"10" max:"64" unit:"messages" doc:"Messages that one person sends to support in a minute." source:"Telegram, 20 a minute in a group; ours"`
}
