package config

import "time"

// Staff is who helps people, and how much one of them may do alone. Group is 0
// where there are no staff.
type Staff struct {
	Group      int64  `env:"REKEY_STAFF_GROUP" min:"-9999999999999" max:"-1" unit:"id of a group" example:"-1001234567890" doc:"The group in which support staff work; best a supergroup with topics, where the bot may manage them and delete messages." source:"Bot API, Chat"`
	Language   string `env:"REKEY_STAFF_LANGUAGE" unit:"language tag" example:"en" doc:"The language of the staff group; otherwise that of REKEY_LANGUAGE." source:"BCP 47"`
	Hours      Hours  `env:"REKEY_STAFF_HOURS" unit:"days, hours and time zone" example:"Mon-Fri 09:00-18:00 Europe/Berlin" doc:"When staff work. Outside these hours what they do needs a second person. Without it they always do." source:"ours"`
	Weekly     Weekly `env:"REKEY_STAFF_WEEKLY" unit:"day and time" example:"Mon 09:00" doc:"When the figures of the last seven days are posted in the staff group, by the clocks of the zone in REKEY_STAFF_HOURS, or else UTC. Without it they are not; /week shows them at any time." source:"ours"`
	Existence  Choice `env:"REKEY_STAFF_SEE_EXISTENCE" default:"no" oneof:"no,yes" doc:"Whether staff see that an account exists before its caller is verified." source:"PWM; ours"`
	Privileged string `env:"REKEY_STAFF_PRIVILEGED" unit:"patterns with *, separated by commas" example:"admin@*,*@board.example.org" doc:"Identifiers of accounts with power over others, besides those that the directory marks. Staff act on them in pairs." source:"CISA AA23-320A; ours"`

	StartsHour   int           `env:"REKEY_LIMIT_STAFF_STARTS_HOUR" default:"10" unit:"cases" doc:"Cases that one member of staff opens in an hour." source:"ours"`
	StartsDay    int           `env:"REKEY_LIMIT_STAFF_STARTS_DAY" default:"30" max:"64" unit:"cases" doc:"Cases that one member of staff opens in a day." source:"ours"`
	UsualStarts  int           `env:"REKEY_STAFF_USUAL_STARTS" default:"15" unit:"cases" doc:"Cases in a day beyond which what a member of staff does needs a second person." source:"ASVS 2.3.5; ours"`
	Resets       int           `env:"REKEY_STAFF_RESETS_IN_30_DAYS" default:"3" unit:"resets" doc:"The reset of one account in 30 days, by its number, that needs a second person." source:"ours"`
	AddressFresh time.Duration `env:"REKEY_STAFF_ADDRESS_FRESH" default:"168h" max:"8760h" doc:"For how long after a change of addresses a second person is needed." source:"ASVS 2.3.5"`
	ApproveFor   time.Duration `env:"REKEY_STAFF_APPROVE_FOR" default:"1h" doc:"How long a second person has." source:"Cortex XSOAR"`
	CheckFor     time.Duration `env:"REKEY_STAFF_CHECK_FOR" default:"5m" max:"1h" doc:"How long a caller has to answer." source:"Specops; ours"`
	CheckTries   int           `env:"REKEY_STAFF_CHECK_TRIES" default:"3" max:"10" unit:"tries" doc:"How often a code that a caller reads out may be typed." source:"ours"`
}

// Choice is yes or no.
type Choice string

// Yes tells whether it is yes.
func (c Choice) Yes() bool { return c == "yes" }
