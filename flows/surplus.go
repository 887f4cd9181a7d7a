package flows

import "context"

// surplusQuiet is how long a chat must send nothing surplus before it is told
// again.
const surplusQuiet = rememberSaid

// Surplus finishes inputs of chats that sent more than is handled at once,
// without looking at what they say. What is written may be a secret: all of it
// that came together is deleted by one job a chat, and the person is told once.
func (r *Runner) Surplus(ctx context.Context, inputs []Input) error {
	var jobs []Job
	now := r.Now()
	for chat, of := range byChat(inputs) {
		var messages []int
		for _, in := range of {
			if in.Kind != Shared && in.Message != 0 {
				messages = append(messages, in.Message)
			}
		}
		if len(messages) > 0 {
			job, err := newDeletion(now, chat, of[0].Language, 0, messages...)
			if err != nil {
				return err
			}
			job.Key = "" // what comes again may come with more
			jobs = append(jobs, job)
		}
		if !r.flooded.heard(chat, nil, "", now.Add(-surplusQuiet)) {
			job, err := newReply(now, chat, of[0].Language, []Reply{{Say: []MessageID{SaySurplus}}}, 0)
			if err != nil {
				return err
			}
			jobs = append(jobs, job)
		}
	}
	if err := r.Jobs.Owe(ctx, jobs...); err != nil {
		return err
	}
	for _, in := range inputs {
		r.flooded.note(in.Chat, nil, "", now)
	}
	return nil
}

func byChat(inputs []Input) map[int64][]Input {
	chats := map[int64][]Input{}
	for _, in := range inputs {
		chats[in.Chat] = append(chats[in.Chat], in)
	}
	return chats
}
