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
		p := ReplyJob{Chat: chat, Language: of[0].Language}
		for _, in := range of {
			if in.Kind != Shared && in.Message != 0 {
				p.Delete = append(p.Delete, in.Message)
			}
		}
		if !r.flooded.heard(chat, nil, "", now.Add(-surplusQuiet)) {
			p.Replies = []Reply{{Say: []MessageID{SaySurplus}}}
		}
		r.flooded.note(chat, nil, "", now)
		job, err := NewJob(JobReply, "surplus:"+string(of[0].ID), now, now.Add(deletableFor), p)
		if err != nil {
			return err
		}
		jobs = append(jobs, job)
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
