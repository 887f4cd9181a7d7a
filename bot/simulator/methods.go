package simulator

// handler carries one method out. The request has been checked against the
// specification.
type handler func(*Server, *request) (any, error)

// methods is the table of all methods that are simulated. Those in locked run
// under the server's lock; getUpdates waits and takes it by itself.
func methods() map[string]handler {
	table := map[string]handler{
		"getMe":          getMe,
		"getWebhookInfo": getWebhookInfo,
		"setWebhook":     setWebhook,
		"deleteWebhook":  deleteWebhook,

		"sendMessage":            sendMessage,
		"copyMessage":            copyMessage,
		"sendPhoto":              sendFile("photo"),
		"sendDocument":           sendFile("document"),
		"editMessageText":        editMessageText,
		"editMessageReplyMarkup": editMessageReplyMarkup,
		"deleteMessage":          deleteMessage,
		"deleteMessages":         deleteMessages,
		"answerCallbackQuery":    answerCallbackQuery,
		"sendChatAction":         sendChatAction,

		"getChat":               getChat,
		"getChatMember":         getChatMember,
		"getChatAdministrators": getChatAdministrators,
		"leaveChat":             leaveChat,

		"createForumTopic": createForumTopic,
		"editForumTopic":   editForumTopic,
		"closeForumTopic":  switchForumTopic(true),
		"reopenForumTopic": switchForumTopic(false),
		"deleteForumTopic": deleteForumTopic,

		"setMyCommands":         setMyCommands,
		"getMyCommands":         getMyCommands,
		"deleteMyCommands":      deleteMyCommands,
		"setChatMenuButton":     setChatMenuButton,
		"getChatMenuButton":     getChatMenuButton,
		"setMyName":             setMyText("name", 64),
		"getMyName":             getMyText("name"),
		"setMyDescription":      setMyText("description", 512),
		"getMyDescription":      getMyText("description"),
		"setMyShortDescription": setMyText("short_description", 120),
		"getMyShortDescription": getMyText("short_description"),
	}
	for name, handle := range table {
		table[name] = locked(handle)
	}
	table["getUpdates"] = getUpdates
	return table
}

func locked(handle handler) handler {
	return func(s *Server, r *request) (any, error) {
		defer s.change()()
		return handle(s, r)
	}
}
