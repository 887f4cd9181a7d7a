// Package telegram is the edge towards Telegram: updates come in as
// [flows.Input], replies go out as messages.
//
// Out goes everything through [Client], a [flows.Messenger], as JSON in the
// types of github.com/go-telegram/bot. It knows what the Bot API's answers mean:
// what is final, what is worth another try, who asks to wait.
//
// In comes everything through [Receiver], by polling or by webhook. Telegram is
// the durable queue: an update is acknowledged, by the offset that moves past
// it or by HTTP status 200, only when the [Handler] has finished it. Each chat
// has a lane, so that its updates are handled in order while other chats' go on
// beside it. It has a few updates in hand; what comes beyond is finished by
// [Handler.Surplus], unread. An update that is not handled in time is finished by
// [Handler.Overdue]; one that cannot be read, or that makes the program panic
// again and again, is set aside, so that it holds up nobody else.
//
// Support staff work in one group, the [StaffGroup]. What is done there goes to
// the [StaffHandler] and never to the Handler, and nothing that is done elsewhere
// goes there; each person has a lane of their own.
//
// Neither the bot's token nor the body of an update reaches a log or an error.
package telegram
