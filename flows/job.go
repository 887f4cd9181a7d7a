package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// JobKind names a kind of job. The words are kept: they never change meaning.
type JobKind string

// The kinds of job.
const (
	JobCode   JobKind = "code"   // CodeJob: look the account up and send the code
	JobLetter JobKind = "letter" // LetterJob: hand a letter to its channel
	JobReply  JobKind = "reply"  // ReplyJob: say something in a chat, delete messages
	JobDelete JobKind = "delete" // DeletionJob: delete a message from a chat
	JobExpiry JobKind = "expiry" // ExpiryJob: tell a conversation that its time is over
	JobParked JobKind = "parked" // ParkedJob: an update that could not be handled in time
	JobCase   JobKind = "case"   // CaseJob: draw a case for staff
	JobHook   JobKind = "hook"   // HookJob: tell a program of its case
	JobTalk   JobKind = "talk"   // CaseJob: say what waits in a case's talk
	JobWeek   JobKind = "week"   // WeekJob: show staff the figures of a week
)

// Job is work owed to the future.
type Job struct {
	ID       int64 // given by the store
	Kind     JobKind
	Key      string // at most one job has it, done or not; empty: no such check
	Replaces bool   // takes the place of the job with its key, also of one that is leased or done
	Due      time.Time
	Deadline time.Time // dropped then, even if never done
	Attempts int       // how often it was claimed, this time included
	Payload  []byte    // JSON; sealed at rest and wiped once done
	Lease    time.Time // until when this claim holds; completing checks it
	// Cause is why the last try failed, in words that hold no secret; empty: none did.
	Cause string
}

// Jobs is the outbox. Safe for concurrent use, across processes where the
// store is shared.
type Jobs interface {
	// Owe adds jobs. Where a key exists already, its job is left as it is, or
	// replaced if the new one says so.
	Owe(context.Context, ...Job) error
	// Claim leases up to n due jobs for the given time. A job whose lease runs
	// out is claimed again. Those whose deadline has come are done with, and
	// given for no more than to say so, without their payloads.
	Claim(ctx context.Context, n int, lease time.Duration) (due, over []Job, err error)
	// Complete marks a claimed job done and wipes its payload; false when the
	// lease was lost.
	Complete(context.Context, Job) (bool, error)
	// Fail does the same with a job that cannot be done. Of a code or a letter
	// that nobody got it leaves a row in the audit log, with its Cause and whom
	// it was about, as Claim does of one whose deadline has come.
	Fail(context.Context, Job) (bool, error)
	// Postpone gives a claimed job back with its Cause, due at the given time.
	Postpone(ctx context.Context, j Job, due time.Time) error
	// Hasten makes the codes and letters due that wait for another try.
	Hasten(context.Context) error
	// Settle marks the job with this key done, claimed or not.
	Settle(ctx context.Context, key string) error
	// Wait returns when a job may be due, or at the given time, or when the
	// context ends.
	Wait(ctx context.Context, until time.Time)
}

// CodeJob is the payload of JobCode.
type CodeJob struct {
	Recovery   string
	Code       int64  // the code's number within its recovery
	Text       string // the code itself
	Words      [2]uint8
	Long       bool
	Life       time.Duration
	IDKind     string
	Identifier string
	Channel    Channel
	Language   string // the chat's
	Begun      time.Time
}

// LetterJob is the payload of JobLetter. What a letter says to live for a time
// lives until the job's deadline.
type LetterJob struct {
	Letter  Letter
	Instead Address // where it goes if it cannot be delivered; zero: nowhere
	About   About
}

// About says what a letter is about, for the audit log.
type About struct {
	Account, Recovery, Reference string
	Case                         int64
}

// ReplyJob is the payload of JobReply.
type ReplyJob struct {
	At       time.Time // when it was to be said; zero: what it says of times does not age
	Chat     int64
	Language string
	Delete   []int
	Replies  []Reply
}

// DeletionJob is the payload of JobDelete.
type DeletionJob struct {
	Chat     int64
	Language string
	Messages []int
	Warn     time.Time // when the person is told if they are still there; zero: they have been
}

// ExpiryJob is the payload of JobExpiry.
type ExpiryJob struct {
	Chat         int64
	Conversation string
	Revision     uint64
	Settled      bool `json:",omitempty"` // its password is set
}

// ParkedJob is the payload of JobParked.
type ParkedJob struct {
	Update json.RawMessage
	Sent   time.Time // the input's
}

// CaseJob is the payload of JobCase and JobTalk.
type CaseJob struct{ Number int64 }

// HookJob is the payload of JobHook: what happened to a case.
type HookJob struct {
	ID     string // of the event
	Number int64
	Status string // of the case, once it had happened
	What   string
	At     time.Time
}

// WeekJob is the payload of JobWeek.
type WeekJob struct{ At time.Time } // when it is shown

// NewJob builds a job around a payload.
func NewJob(kind JobKind, key string, due, deadline time.Time, payload any) (Job, error) {
	b, err := json.Marshal(payload)
	if err != nil {
		return Job{}, fmt.Errorf("encoding %s job: %w", kind, err)
	}
	return Job{Kind: kind, Key: key, Due: due, Deadline: deadline, Payload: b}, nil
}
