// Package flows decides: it holds the conversations of Rekey as data and the
// one place where they meet the outside.
//
// A flow is a list of steps. A step has three parts: what it asks, how it
// treats the answer, and its exits, which say for every outcome which step
// comes next and what is said. Steps are pure: they take a conversation, an
// input and the time, and give a new conversation, replies and at most one
// effect. An effect is an order that someone else carries out (SendCode); what
// came of it returns as an outcome (CodeSent), a past fact.
//
// The Runner is where the machine meets its ports: it loads the conversation,
// takes the step, performs the effect, resolves the outcome, saves, and
// replies. The Worker carries out jobs: work owed to the future, committed
// with what caused it.
//
// Proof never lives in a step's name. The ledger counts each guess, mints a
// grant for a correct code, and spends the grant when it sets the password.
package flows
