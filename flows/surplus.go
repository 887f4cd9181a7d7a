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
			job, err := NewJob(JobDelete, "surplus:"+string(of[0].ID), now, now.Add(deletableFor), DeletionJob{Chat: chat, Messages: messages})
			if err != nil {
				return err
			}
			jobs = append(jobs, job)
		}
		if !r.flooded.heard(chat, nil, "", now.Add(-surplusQuiet)) {
			job, err := newReply(now, chat, of[0].Language, []Reply{{Say: []MessageID{SaySurplus}}}, 0)
			if err != nil {
				return err
			}
			jobs = append(jobs, job)
		}
		r.flooded.note(chat, nil, "", now)
	}
	return r.Jobs.Owe(ctx, jobs...)
}

func byChat(inputs []Input) map[int64][]Input {
	chats := map[int64][]Input{}
	for _, in := range inputs {
		chats[in.Chat] = append(chats[in.Chat], in)
	}
	return chats
}
